"""Writes to GitHub: `checks` on commits, `pull` on pull requests, `rollout` for deployments, and one-time `setup`.

`life_writes` makes the writes in an incident's plan. Writes check the existing state first, so that repeating one
changes nothing.
"""
