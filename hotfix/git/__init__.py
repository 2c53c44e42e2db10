"""Read facts from a local clone, by this machine's git and without a network."""

from hotfix.git.clone_facts import read
from hotfix.git.process import GitError
from hotfix.git.repo import Repo

__all__ = ["GitError", "Repo", "read"]
