"""Reads from GitHub. Each package answers for one subject and returns the domain's own types.

`pull` reads one pull request for its evaluation, `baseline` what it is compared to, `life` an incident, `setup` how the
App and a repository are set up. The modules here read what those share: the policy, the people it names, the caches.
"""
