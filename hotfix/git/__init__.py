"""Facts from a local clone, by the git of this machine and without a network."""

from hotfix.git.process import GitError
from hotfix.git.read import read
from hotfix.git.repo import Repo

__all__ = ["GitError", "Repo", "read"]
