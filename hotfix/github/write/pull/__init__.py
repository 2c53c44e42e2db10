"""Writes on a pull request: comments, review requests, and opening a hotfix's own pull request."""
