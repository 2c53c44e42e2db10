"""Reads of the setup of the App and of a repository, for `hotfix doctor`, `hotfix init` and setup in the browser."""
