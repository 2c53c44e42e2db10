"""Writes on a pull request: the check run, comments, the review request, and the pull request that a hotfix opens."""
