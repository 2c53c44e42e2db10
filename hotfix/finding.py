"""Define a rule's finding, as data; `hotfix.render` decides how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The result of a rule. The values are data; `hotfix.render` has the words that people read."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    """Nothing is wrong; a person has yet to act."""
    UNKNOWN = "unknown"
    NOT_EVALUATED = "not_evaluated"
    """Only GitHub has the answer, and this is a local clone."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the change. `line` 0 means the whole file; lines are those of the head."""

    path: str
    line: int = 0
    message: str = ""
    end_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found, and what helps to fix it."""

    status: Status
    message: str
    """One sentence of plain text that says what happened, without the rule's name. Users' text in it is not escaped."""
    remediation: str = ""
    """What to do about it, in plain text; empty if the rule passed."""
    commands: tuple[str, ...] = ()
    """Shell lines to paste that fix it, real values filled in (quoted by shlex if they come from users)."""
    fix: tuple[str, ...] = ()
    """Those of the commands that need no person: no editor, no answer, no push. `hotfix check --fix` runs them."""
    restores: frozenset[str] = frozenset()
    """The paths that the commands put back as they are in production, if that is all they do. The commands of another
    finding that restores these and more make them needless."""
    actors: tuple[str, ...] = ()
    """Who can act: logins without `@`, or words such as `the author`, `a tech lead`; the first one must act."""
    locations: tuple[Location, ...] = ()
    details: tuple[str, ...] = ()
    """Further lines of plain text (which commit lacks what, which package changed)."""
    more_details: int = 0
    """How many further details there are that are not listed."""
    suggestion: str = ""
    """A complete corrected text (a commit message, a spec section), shown as a block to copy."""
    suggestion_in_file: bool = False
    """The commands take the suggestion from a file, so that nobody copies it by hand."""


def passed(message: str) -> Finding:
    """Return a finding on which nobody needs to act."""
    return Finding(status=Status.PASSED, message=message)


def unknown(message: str) -> Finding:
    """Return a finding for facts that could not be read: never a pass."""
    return Finding(status=Status.UNKNOWN, message=message)


def not_evaluated(message: str) -> Finding:
    """Return the finding in a local clone of a rule that only GitHub has the facts for."""
    return Finding(status=Status.NOT_EVALUATED, message=message)
