"""What a rule found: data only. How it looks is `hotfix.render`'s."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a rule came to."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"
    """Only a person's act is missing."""
    UNKNOWN = "could not tell"
    NOT_JUDGED = "not judged here"
    """Only GitHub knows, and this is a local clone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the change; `line` 0 speaks of the whole file. Lines are those of the head."""

    path: str
    line: int = 0
    message: str = ""
    end_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's answer, and what helps to a better one."""

    status: Status
    message: str
    """One sentence, plain text, without the rule's name. Text from users in it is not yet escaped."""
    remediation: str = ""
    """What mends it, in a few words of plain text; empty when passed."""
    commands: tuple[str, ...] = ()
    """Shell lines to paste that mend it, real values filled in (quoted by shlex where they come from users)."""
    actors: tuple[str, ...] = ()
    """Who can act: logins without `@`, or words such as `the author`, `a tech lead`; a failure's first one must."""
    places: tuple[Place, ...] = ()
    details: tuple[str, ...] = ()
    """Further lines of plain text (which commit lacks what, which package changed)."""
    suggestion: str = ""
    """A whole corrected text (a commit message, a spec section), shown as a block to copy."""


def passed(why: str) -> Finding:
    """A finding that needs nobody."""
    return Finding(status=Status.PASSED, message=why)


def not_judged(why: str) -> Finding:
    """A finding of a local clone, where only GitHub knows."""
    return Finding(status=Status.NOT_JUDGED, message=why)
