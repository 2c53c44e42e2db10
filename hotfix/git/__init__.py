"""Read facts from a local clone with the installed git, without network access."""

from hotfix.git.clone_facts import read
from hotfix.git.process import GitError
from hotfix.git.repo import Repo

__all__ = ["GitError", "Repo", "read"]
