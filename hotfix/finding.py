"""The data model of a rule's finding; `hotfix.render` displays it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import partial

AUTHOR = "the author"
TECH_LEAD = "a tech lead"
POLICY_EDITORS = "whoever may change the policy"
"""Roles among a finding's actors; any other actor is a login or a team."""


class Status(StrEnum):
    """The result of a rule. The values are data; `hotfix.render` has the displayed words."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
    """Nothing is wrong, but someone still has to act."""
    UNKNOWN = "unknown"
    NOT_EVALUATED = "not_evaluated"
    """The rule needs facts from GitHub, and this is a local clone."""


@dataclass(frozen=True, slots=True)
class Location:
    """A location in the change. Line 0 means the whole file; line numbers are those of the head."""

    path: str
    line: int = 0
    message: str = ""
    end_line: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one rule, and how to fix the problem."""

    status: Status
    message: str
    """One plain-text sentence that says what happened, without the rule's name. User text in it is not escaped."""
    remediation: str = ""
    """The fix in words, as plain text; empty if the rule passed."""
    _: KW_ONLY
    commands: tuple[str, ...] = ()
    """Shell lines that fix the problem, ready to paste, with real values (user input is quoted by shlex)."""
    fix: tuple[str, ...] = ()
    """The commands that run unattended: no editor, no prompt, no push. `hotfix check --fix` runs them."""
    restores: frozenset[str] = frozenset()
    """The paths that the commands restore as in production, if they do nothing else. They are redundant if another
    finding restores a superset."""
    actors: tuple[str, ...] = ()
    """The people who can act: logins without `@`, or phrases such as `the author`. The first one must act."""
    locations: tuple[Location, ...] = ()
    details: tuple[str, ...] = ()
    """Additional plain-text lines, such as the problems of each commit or the changed packages."""
    more_details: int = 0
    """Number of further details that are not listed."""
    suggestion: str = ""
    """The complete corrected text (a commit message, a spec section), shown as a block to copy."""
    suggestion_in_file: bool = False
    """Whether the commands read the suggestion from a file, so that it need not be copied by hand."""


passed = partial(Finding, Status.PASSED)
"""Return a finding that requires no action."""
failed = partial(Finding, Status.FAILED, actors=(AUTHOR,))
"""Return a finding that the author must fix, unless other actors are given."""
unknown = partial(Finding, Status.UNKNOWN)
"""Return a finding for facts that could not be read, which is never a pass."""
not_evaluated = partial(Finding, Status.NOT_EVALUATED)
"""Return a finding for a rule that needs facts from GitHub, in a local clone."""
