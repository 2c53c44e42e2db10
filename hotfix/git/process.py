"""Run git with the same answers whatever the user's configuration, and one sentence for whatever goes wrong."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

_CONFIG = (
    "-c",
    "core.quotePath=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "diff.suppressBlankEmpty=false",
    "-c",
    "core.fsmonitor=false",
)
"""Settings that would change the output, or run a program of the repository's choice."""

_ENVIRONMENT: Mapping[str, str] = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
}
_BROKEN = re.compile(
    r"corrupt|bad object|unable to read|unable to unpack|missing (?:blob|tree|commit|object)|could not read|"
    r"inflate|hash mismatch|loose object|packfile|unable to find|bad tree|not a valid object|object file .* is empty|"
    r"unable to parse|failed to read object|could not parse",
    re.IGNORECASE,
)


class GitError(Exception):
    """What keeps a clone from being read, in one sentence, and the git command that fixes it (may be empty)."""

    def __init__(self, sentence: str, command: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.command = command


class GitFailed(GitError):
    """git itself ended with an error; `code` is its exit code, `said` what it wrote to stderr."""

    def __init__(self, sentence: str, command: str, code: int, said: str, out: bytes) -> None:
        super().__init__(sentence, command)
        self.code = code
        self.said = said
        self.out = out


def run(
    path: Path,
    *arguments: str,
    stdin: bytes | None = None,
    config: Sequence[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return what git writes to stdout.

    `config` holds settings (`core.bare=true`), `environment` variables for this run.

    Raises GitFailed, and GitError if git cannot even be started.
    """
    settings = [word for setting in config for word in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", "-C", os.fspath(path), *_CONFIG, *settings, *arguments],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, **_ENVIRONMENT, **environment},
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
    """Return the environment that git runs in here: the user's, without prompts, pagers and translations."""
    return {**os.environ, **_ENVIRONMENT}


def lines(path: Path, *arguments: str) -> list[str]:
    """Return the lines that git writes."""
    return [decoded(line) for line in run(path, *arguments).split(b"\n") if line]


def decoded(raw: bytes) -> str:
    """Return git's output as text. git knows no encoding; what is not UTF-8 shows as U+FFFD, as on GitHub."""
    return raw.decode("utf-8", "replace")


def _failure(path: Path, arguments: Sequence[str], code: int, said: str, out: bytes) -> GitFailed:
    sentence, command = _explained(path, arguments, code, said)
    return GitFailed(sentence, command, code, said, out)


def _explained(path: Path, arguments: Sequence[str], code: int, said: str) -> tuple[str, str]:
    first = next((line for line in said.splitlines() if line.startswith(("fatal:", "error:"))), said.partition("\n")[0])
    words = first.removeprefix("fatal: ").removeprefix("error: ") or f"exit code {code}"
    if "not a git repository" in said:
        return f"{path} is not in a git repository", ""
    if "dubious ownership" in said:
        owner = re.search(r"repository at '([^']*)'", said)
        where = owner[1] if owner else os.fspath(path.absolute())
        return (
            f"{where} belongs to another user, so git refuses to read it",
            f"git config --global --add safe.directory {shlex.quote(where)}",
        )
    if "cannot change to" in said:
        return f"there is no directory {path}", ""
    if _BROKEN.search(said):
        return f"the repository has missing or broken objects ({words})", "git fsck"
    return f"git {arguments[0] if arguments else ''} failed: {words}", ""
