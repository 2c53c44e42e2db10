"""Find what HEAD does not show of a clone: uncommitted work, a rebase in progress. Only commits are evaluated."""

from __future__ import annotations

from hotfix import spec
from hotfix.cli.console.exit_status import CommandError
from hotfix.git import Repo
from hotfix.git.process import decoded, run
from hotfix.policy import Policy
from hotfix.text.escaping import listed

_UNDER_WAY = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""The files that git keeps while a command is in progress, and that command."""


def uncommitted(repo: Repo, policy: Policy, branch: str) -> tuple[str, ...]:
    """Return the paths that differ from HEAD, untracked ones too (`dir/` for a new directory), the branch's spec first.

    Uncommitted work inside of a submodule is left out. Raises GitError.
    """
    asked = ("--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=dirty", "--no-renames")
    entries = run(repo.root, "status", *asked).split(b"\0")
    paths = [decoded(entry[3:]) for entry in entries if len(entry) > 3]
    own = _spec(policy, branch)
    folder = own.rpartition("/")[0] + "/"
    if own and (repo.root / own).is_file():  # git names a new directory, not what is in it
        paths = [own if path.endswith("/") and own.startswith(path) else path for path in paths]
    return tuple(sorted(paths, key=lambda path: (path != own, not path.startswith(folder))))


def remark(paths: tuple[str, ...]) -> str:
    """Return one line for people; empty if everything is committed."""
    if not paths:
        return ""
    many, them = ("changes", "them") if len(paths) > 1 else ("change", "it")
    return f"Not evaluated: {len(paths)} uncommitted {many} ({listed(paths)}): commit {them} and check again"


def under_way(repo: Repo) -> str:
    """Return one line if a rebase, a merge or the like is in progress; otherwise an empty one."""
    command = _command_under_way(repo)
    if not command:
        return ""
    return f"A {command} is in progress: only HEAD as it is now was evaluated; run `git {command} --continue`"


def examine_under_way(repo: Repo) -> None:
    """Raise CommandError if a rebase, a merge or the like is in progress."""
    if command := _command_under_way(repo):
        raise CommandError(f"a {command} is in progress: finish or abort it first (`git status` says how).")


def _command_under_way(repo: Repo) -> str:
    return next((command for file, command in _UNDER_WAY.items() if (repo.git_dir / file).exists()), "")


def _spec(policy: Policy, branch: str) -> str:
    return spec.file_name(branch, policy.spec_path)
