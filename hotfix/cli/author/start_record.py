"""Store the arguments of `hotfix start` (severity, issue, tag) per branch in the clone's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotfix.git.process import GitFailed, decoded, run
from hotfix.severities import Severity
from hotfix.text.escaping import one_line

_KEYS = {"severity": "hotfixSeverity", "issue": "hotfixIssue", "tag": "hotfixTag"}


@dataclass(frozen=True, slots=True)
class StartRecord:
    """The severity, issue and production tag given to `hotfix start`; None if not given."""

    severity: Severity | None = None
    issue: str | None = None
    tag: str | None = None


def write(root: Path, branch: str, record: StartRecord) -> None:
    """Store the record for the branch. Raises GitError."""
    for name, key in _KEYS.items():
        if value := getattr(record, name):
            run(root, "config", f"branch.{branch}.{key}", one_line(str(value)))


def read(root: Path, branch: str) -> StartRecord:
    """Return the record of the branch; empty if it was not created by `hotfix start`."""
    try:
        out = run(root, "config", "-z", "--get-regexp", r"^branch\..*\.hotfix")
    except GitFailed:
        return StartRecord()
    entries = (decoded(entry).partition("\n") for entry in out.split(b"\0"))
    return found_in({key: value for key, _, value in entries}, branch)


def found_in(settings: Mapping[str, str], branch: str) -> StartRecord:
    """Return the record from the clone's settings as listed by git, with sections and keys in lower case."""
    if not branch:
        return StartRecord()
    values = {name: settings.get(f"branch.{branch}.{key.lower()}") or None for name, key in _KEYS.items()}
    severity = values["severity"]
    return StartRecord(
        severity=Severity(severity) if severity in set(Severity) else None, issue=values["issue"], tag=values["tag"]
    )
