"""Keep what `hotfix start` was given (severity, issue, ...) in the clone's configuration, per branch."""

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
    """The severity, the issue and the production tag that were named; None if they were not."""

    severity: Severity | None = None
    issue: str | None = None
    tag: str | None = None


def write(root: Path, branch: str, record: StartRecord) -> None:
    """Keep the record with the branch. Raises GitError."""
    for name, key in _KEYS.items():
        if value := getattr(record, name):
            run(root, "config", f"branch.{branch}.{key}", one_line(str(value)))


def read(root: Path, branch: str) -> StartRecord:
    """Return what `start` was given for the branch; an empty record for any other branch."""
    try:
        out = run(root, "config", "-z", "--get-regexp", r"^branch\..*\.hotfix")
    except GitFailed:
        return StartRecord()
    entries = (decoded(entry).partition("\n") for entry in out.split(b"\0"))
    return found_in({key: value for key, _, value in entries}, branch)


def found_in(settings: Mapping[str, str], branch: str) -> StartRecord:
    """Return the same from the clone's settings as git lists them: section and key in lower case, the branch as is."""
    if not branch:
        return StartRecord()
    values = {name: settings.get(f"branch.{branch}.{key.lower()}") or None for name, key in _KEYS.items()}
    severity = values["severity"]
    return StartRecord(
        severity=Severity(severity) if severity in set(Severity) else None, issue=values["issue"], tag=values["tag"]
    )
