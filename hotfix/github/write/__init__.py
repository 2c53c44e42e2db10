"""Write to GitHub: `checks` on a commit, `pull` on a pull request, `rollout` for a deployment, `setup` once.

`life_writes` makes the writes that an incident's plan lists. Each write looks first for what is there, so that
repeating it changes nothing.
"""
