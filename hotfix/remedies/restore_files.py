"""The git commands that put files back as they are in production."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from hotfix.facts import Change, Facts, File
from hotfix.remedies import rebase

_NEW = (Change.ADDED, Change.COPIED)


def commands(facts: Facts, files: Iterable[File]) -> tuple[str, ...]:
    """Shell lines: added files leave, moved ones go back to where they were. None where production is not known.

    `--allow-empty` because the last commit may hold nothing else.
    """
    if facts.production is None:
        return ()
    files = tuple(files)
    gone = [file.path for file in files if file.change in (*_NEW, Change.RENAMED)]
    back = [
        file.previous_path if file.change is Change.RENAMED and file.previous_path else file.path
        for file in files
        if file.change not in _NEW
    ]
    found = []
    if gone:
        found.append(f"git rm --quiet -- {shlex.join(gone)}")
    if back:
        found.append(f"git checkout {shlex.quote(facts.production.tag)} -- {shlex.join(back)}")
    return (*found, "git commit --amend --no-edit --allow-empty", *rebase.push(facts))
