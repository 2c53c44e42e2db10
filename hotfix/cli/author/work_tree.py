"""Find the state of a clone that is not part of HEAD: uncommitted work, or a rebase in progress."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from hotfix import spec
from hotfix.cli.console.exit_status import CommandError
from hotfix.git import Repo
from hotfix.git.process import edited
from hotfix.policy import Policy
from hotfix.spec import Spec
from hotfix.text.escaping import listed

COMMIT_AGAIN = "hotfix commit --amend"
"""The command that opens the last commit's message in an editor, with what the spec says now."""
_UNDER_WAY = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""Files that exist while a git command is in progress -> the command."""


def uncommitted(repo: Repo, policy: Policy, branch: str) -> tuple[str, ...]:
    """Return the paths that differ from HEAD, including untracked ones, with the branch's spec first.

    A new directory is listed as `dir/`. Uncommitted work inside submodules is not included. Raises GitError.
    """
    paths = edited(repo.root, "--untracked-files=normal", "--ignore-submodules=dirty")
    own = spec.file_name(branch, policy.spec_path)
    folder = own.rpartition("/")[0] + "/"
    if own and (repo.root / own).is_file():  # git lists a new directory, not its files
        paths = [own if path.endswith("/") and own.startswith(path) else path for path in paths]
    return tuple(sorted(paths, key=lambda path: (path != own, not path.startswith(folder))))


def spec_in(repo: Repo, name: str) -> Spec | None:
    """Return the spec in a file of the work tree; None if there is no such file."""
    try:
        return spec.parse((repo.root / name).read_text("utf-8", "replace"))
    except OSError:
        return None


def editing(repo: Repo, name: str, here: Path) -> str:
    """Return the command that opens a file of the work tree in an editor, when it is run in the directory `here`."""
    path = os.path.relpath(repo.root.resolve() / name, here.resolve())
    return f"${{EDITOR:-vi}} {shlex.quote(path)}"


def remark(paths: tuple[str, ...]) -> str:
    """Return a one-line note about uncommitted changes; empty if there are none."""
    if not paths:
        return ""
    many, them = ("changes", "them") if len(paths) > 1 else ("change", "it")
    return f"Not evaluated: {len(paths)} uncommitted {many} ({listed(paths)}): commit {them} and check again"


def under_way(repo: Repo) -> str:
    """Return a one-line note if a rebase, merge or similar is in progress; empty otherwise."""
    command = _command_under_way(repo)
    if not command:
        return ""
    return f"A {command} is in progress: only HEAD as it is now was evaluated; run `git {command} --continue`"


def examine_under_way(repo: Repo) -> None:
    """Raise CommandError if a rebase, merge or similar is in progress."""
    if command := _command_under_way(repo):
        raise CommandError(f"a {command} is in progress: finish or abort it first (`git status` says how).")


def _command_under_way(repo: Repo) -> str:
    return next((command for file, command in _UNDER_WAY.items() if (repo.git_dir / file).exists()), "")
