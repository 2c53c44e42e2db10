"""Determine the Action's repository for the generated workflows."""

from __future__ import annotations

from pathlib import Path

import hotfix
from hotfix.git import GitError, Repo

PLACEHOLDER = "OWNER/REPO"
"""The placeholder for the Action's repository in the sources, which a release replaces."""


def repository() -> str:
    """Return `owner/name` of the clone that this code runs from.

    Empty if the code is installed, in which case the release has replaced the placeholder, or if no remote of the clone
    is on GitHub.
    """
    package = Path(hotfix.__file__).resolve().parent
    if not (package.parent / "action.yml").is_file():
        return ""
    try:
        repo = Repo.open(package.parent)
    except GitError:
        return ""
    if repo.root.resolve() != package.parent:
        return ""
    return next((name for remote in repo.urls if (name := repo.name_of(remote))), "")


def named(text: str, name: str = "") -> str:
    """Return a workflow with the Action's repository inserted; unchanged if that is unknown."""
    found = name or repository()
    return text.replace(f"uses: {PLACEHOLDER}", f"uses: {found}") if found else text
