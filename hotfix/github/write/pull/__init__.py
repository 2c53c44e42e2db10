"""Writes on a pull request: comments, the review request, and the pull request that a hotfix opens."""
