"""Reads from GitHub. Each package covers one subject and returns domain types.

`pull` reads a pull request for its evaluation, `baseline` the production state it is compared to, `life` an incident,
and `setup` the configuration of the App and a repository. The modules here are shared by all of them: the policy, the
people it names, and the caches.
"""
