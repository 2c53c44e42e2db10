"""Check whether a branch has the hotfix's change without its commit: cherry-picked, squashed or rewritten."""

from __future__ import annotations

import re
from pathlib import Path

from action.deployment.private_clone import git
from action.runner.command_errors import OutcomeUnknown
from action.runner.command_run import Run

_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
"""The line that git adds to the message of a revert."""


def has_change(run: Run, clone: Path, base: str, sha: str) -> bool:
    """Return whether merging the commit into the branch would change nothing.

    If the merge conflicts, the branch has the change if every commit of the hotfix has a counterpart there with the
    same patch that was not reverted, for example a cherry-pick whose lines have changed since.
    """
    branch = f"refs/remotes/origin/{base}"
    try:
        merged = git(run, "-C", str(clone), "merge-tree", "--write-tree", branch, sha).split()
        return merged[:1] == git(run, "-C", str(clone), "rev-parse", f"{branch}^{{tree}}").split()
    except OutcomeUnknown:
        pass  # they conflict, or this git is older than 2.38
    try:
        marks = git(run, "-C", str(clone), "cherry", branch, sha).splitlines()
        if not marks or not all(mark.startswith("-") for mark in marks):
            return False
        both = git(run, "-C", str(clone), "rev-list", "--cherry-mark", "--left-only", f"{branch}...{sha}").split()
        since = git(run, "-C", str(clone), "log", "--format=%B", f"{sha}..{branch}")
    except OutcomeUnknown:
        return False
    reverted = _REVERTED.findall(since)
    there = [line[1:] for line in both if line.startswith("=")]
    return not any(commit.startswith(start) for commit in there for start in reverted)


__all__ = ["has_change"]
