"""Read what a hotfix is compared to: deployments, releases, tags and branches, for `hotfix.production`.

`production_reading` asks the resolver's questions, `earned_commits` says which commits count, `pull_baseline` answers
for one pull request.
"""
