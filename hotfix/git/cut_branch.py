"""Cut a hotfix branch for `hotfix start`: fetch tags, and switch branches with uncommitted edits."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from dataclasses import dataclass

from hotfix.git.process import GitError, GitFailed, decoded, edited, environment, run, unmerged
from hotfix.git.repo import Repo
from hotfix.text.escaping import listed

_STASH = "hotfix start: edits carried along"
_UNREADABLE = "fatal: Could not read from remote repository."
_CLASH = re.compile(r"\[rejected\] +(\S+) .*\(would clobber existing tag\)")
"""How git reports a tag that it did not fetch, unless it is quiet."""


@dataclass(frozen=True, slots=True)
class BranchCut:
    """The result of cutting a branch with uncommitted edits."""

    carried: str = ""
    """How the edits were carried along, for display; empty if there were none."""
    conflicts: tuple[str, ...] = ()
    """Paths with conflict markers; the stash still contains the original edits."""


def fetch_tags(repo: Repo, remote: str, seconds: float) -> str:
    """Fetch the remote's tags without changing existing ones. Return what is not up to date, and why; empty on success.

    git never prompts for a password, and is ended with all its child processes after `seconds`.
    """
    arguments = ("fetch", "--no-progress", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc")
    process = subprocess.Popen(
        ["git", "-C", str(repo.root), *arguments, remote, "refs/tags/*:refs/tags/*"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**environment(), "GIT_ASKPASS": "true", "SSH_ASKPASS_REQUIRE": "never"},
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()
        return _unread(remote, f"no answer within {seconds:g} s")
    if not process.returncode:
        return ""
    errors = decoded(said)
    if clashes := _CLASH.findall(errors):
        tags, differ, are = ("tag", "differs", "is") if len(clashes) == 1 else ("tags", "differ", "are")
        replacing = f"`git fetch {shlex.quote(remote)} --tags --force` replaces {'it' if are == 'is' else 'them'}"
        return f"the {tags} {listed(clashes)} of {remote} {differ} from this clone's, which {are} kept: {replacing}"
    return _unread(remote, _reason(errors) or f"git ended with {process.returncode}")


def _unread(remote: str, why: str) -> str:
    return f"newer tags could not be read from {remote} ({why}), so the tags of this clone are used"


def _reason(errors: str) -> str:
    """Return the error that says why git can't read a remote; git may add a general one, and advice, after it."""
    specific, general, _ = errors.partition(_UNREADABLE)
    lines = (specific.strip() or general).splitlines()
    return lines[-1].removeprefix("fatal: ").rstrip(".") if lines else ""


def switch_with_edits(repo: Repo, branch: str, start: str) -> BranchCut:
    """Cut a branch at a commit and switch to it, with the uncommitted edits.

    git carries edits along if the files are the same in both commits. Otherwise the edits are stashed and reapplied,
    and stay in the stash if they conflict. Raises GitError, with nothing changed, if untracked files are overwritten.
    """
    count = len(edited(repo.root, "--untracked-files=no"))
    switch = ("switch", "--quiet", "--no-track", "--create", branch, start)
    try:
        run(repo.root, *switch)
    except GitFailed:
        if names := _in_the_way(repo, start):
            raise GitError(
                f"the untracked {', '.join(names)} would be overwritten: move it away first, or keep it for later",
                "git stash --include-untracked",
            ) from None
        if not count:
            raise
    else:
        return BranchCut(f"{count} changed file{'s' if count > 1 else ''}" if count else "")
    run(repo.root, "stash", "push", "--quiet", "--message", _STASH)
    try:
        run(repo.root, *switch)
    except GitFailed:
        run(repo.root, "stash", "pop", "--quiet", "--index")
        raise
    for options in (("--index",), ()):  # if the index conflicts, it isn't restored
        try:
            run(repo.root, "stash", "pop", "--quiet", *options)
            return BranchCut("through the stash")
        except GitFailed:
            continue
    return BranchCut("through the stash", tuple(unmerged(repo.root)))


def _in_the_way(repo: Repo, start: str) -> list[str]:
    """Return the untracked files that a switch would overwrite, or that block a directory it would create."""
    untracked = run(repo.root, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
    there = {path for path in run(repo.root, "ls-tree", "-r", "--name-only", "-z", start).split(b"\0") if path}
    taken = there | {parent for path in there for parent in _parents(path)}
    clash = [path for path in untracked if path in taken or there.intersection(_parents(path))]
    return [decoded(path) for path in clash]


def _parents(path: bytes) -> list[bytes]:
    """Return the parent directories of a path: `a` and `a/b` for `a/b/c`."""
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]
