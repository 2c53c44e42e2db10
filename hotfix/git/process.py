"""Run git with output independent of the user's configuration, and with one-sentence errors."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from hotfix.text.lazy_pattern import lazy_pattern

_SETTINGS = (
    "core.quotePath=false",
    "log.showSignature=false",
    "diff.suppressBlankEmpty=false",
    "core.fsmonitor=false",
    "core.bigFileThreshold=512m",
)
"""Overrides of settings that would change the output or run a program chosen by the repository."""

_ENVIRONMENT: Mapping[str, str] = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
}
_NO_LAZY_FETCH = "GIT_NO_LAZY_FETCH"
"""Disables lazy fetching, unless the user's environment allows it: a fetch runs programs from the configuration."""
_LEFT_OUT = lazy_pattern(
    r"GIT_(?:TRACE.*|DIFF_OPTS|ATTR_SOURCE|REPLACE_REF_BASE|(?:LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS)\Z"
)
"""The user's variables that would change git's output or add to its errors. Variables for the location of the
repository, its objects and its index are kept, as set by the user or by the hook that runs this."""
_COMPLAINT = ("fatal:", "error:")
"""Prefixes of stderr lines that say why git failed. Other lines are warnings, hints and traces."""
_BROKEN = lazy_pattern(
    r"corrupt|bad object|unable to read|unable to unpack|missing (?:blob|tree|commit|object)|could not read|"
    r"inflate|hash mismatch|loose object|packfile|unable to find|bad tree|not a valid object|object file .* is empty|"
    r"unable to parse|failed to read object|could not parse|: bad file\b",
    re.IGNORECASE,
)


class GitError(Exception):
    """A clone can't be read: the reason in one sentence, and the git command that fixes it (may be empty)."""

    def __init__(self, sentence: str, command: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.command = command


class GitFailed(GitError):
    """git ended with an error: `code` is its exit code, `out` its output on stdout.

    `broken`: objects are missing or damaged, so the exit code is not an answer to a query.
    """

    def __init__(self, sentence: str, command: str, code: int, out: bytes, *, broken: bool) -> None:
        super().__init__(sentence, command)
        self.code = code
        self.out = out
        self.broken = broken

    @property
    def says_no(self) -> bool:
        """Whether the exit code is the negative answer to a query: not an ancestor, no such setting."""
        return self.code == 1 and not self.broken


def run(
    path: Path,
    *arguments: str,
    stdin: bytes | None = None,
    config: Sequence[str] = (),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Run git and return its output on stdout.

    `config` (such as `core.bare=true`) and `variables` are settings and environment variables for this run only.

    Raises GitFailed if git fails, GitError if it cannot be started.
    """
    settings = [word for setting in (*_SETTINGS, *config) for word in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(path), *settings, *arguments],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            env={**environment(), "GIT_GRAFT_FILE": os.devnull, **variables},
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed, or not on the PATH", "git --version") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git could not be started: {error}", "git --version") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise _failure(path, arguments, done.returncode, said, done.stdout)
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment for git: the user's, without prompts, pagers, translations and traces."""
    kept = {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)}
    return {_NO_LAZY_FETCH: "1", **kept, **_ENVIRONMENT}


def lines(path: Path, *arguments: str) -> list[str]:
    """Run git and return the lines of its output."""
    return [decoded(line) for line in run(path, *arguments).split(b"\n") if line]


def names(path: Path, *arguments: str) -> list[str]:
    """Run git with an option that ends each name with NUL (`-z`), and return the names."""
    return [decoded(name) for name in run(path, *arguments).split(b"\0") if name]


def edited(path: Path, *options: str) -> list[str]:
    """Return the paths that differ from HEAD. `options`: those of `git status` that say which."""
    return [entry[3:] for entry in names(path, "status", "--porcelain=v1", "-z", "--no-renames", *options)]


def unmerged(path: Path) -> list[str]:
    """Return the paths with conflicts."""
    return names(path, "diff", "--name-only", "--diff-filter=U", "-z")


def decoded(raw: bytes) -> str:
    """Decode git's output, whose encoding is unspecified. Invalid UTF-8 becomes U+FFFD, as on GitHub."""
    return raw.decode("utf-8", "replace")


def _failure(path: Path, arguments: Sequence[str], code: int, said: str, out: bytes) -> GitFailed:
    complaints = [line for line in said.splitlines() if line.startswith(_COMPLAINT)]
    words = complaints[0].partition(": ")[2] if complaints else f"exit code {code}"
    said = "\n".join(complaints)
    broken, command = False, ""
    if "not a git repository" in said:
        sentence = f"{os.fspath(path.absolute())} is not in a git repository; go to your clone first"
    elif "dubious ownership" in said:
        owner = re.search(r"repository at '([^']*)'", said)
        where = owner[1] if owner else os.fspath(path.absolute())
        sentence = f"{where} belongs to another user, so git refuses to read it"
        command = f"git config --global --add safe.directory {shlex.quote(where)}"
    elif not path.is_dir():
        sentence = f"there is no directory {path}"
    elif "from promisor remote" in said:
        broken = True
        sentence = "this clone is partial, and lacks files of other commits that must be read"
        command = f"{_NO_LAZY_FETCH}=0 hotfix check"
    elif _BROKEN.search(said):
        broken = True
        sentence, command = f"the repository has missing or broken objects ({words})", "git fsck"
    else:
        sentence = f"git {arguments[0] if arguments else ''} failed: {words}"
    return GitFailed(sentence, command, code, out, broken=broken)
