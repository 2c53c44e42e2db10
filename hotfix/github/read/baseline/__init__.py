"""Reads of the baseline that a hotfix is compared to: deployments, releases, tags and branches.

`production_reading` reads what `hotfix.production`'s resolver needs, `earned_commits` decides which commits are
accepted as production, and `pull_baseline` finds the baseline of one pull request.
"""
