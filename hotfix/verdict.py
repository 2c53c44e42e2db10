"""The data model of a verdict on one head SHA: each rule's finding with its level, and the overall conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from hotfix.facts import Override, Production
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level


class Conclusion(StrEnum):
    """The overall result of all findings."""

    PASS = "pass"
    FAIL = "fail"
    PENDING = "pending"
    UNKNOWN = "unknown"


class VerdictKind(StrEnum):
    """The kind of a verdict. Rules are evaluated for hotfixes only."""

    HOTFIX = "hotfix"
    NOT_A_HOTFIX = "not_a_hotfix"
    """Passes, but permits no deployment."""
    MISSING_LABEL = "missing_label"
    """Fails: a `hotfix/*` branch without the label."""
    BROKEN_POLICY = "broken_policy"
    """The policy cannot be parsed: a hotfix fails, and `note` has file, line and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule's finding, with the rule's level in the policy and its override, if any."""

    rule: str
    level: Level
    finding: Finding
    override: Override | None = None
    status: Status = field(init=False, repr=False, compare=False)
    """The finding's status, regardless of level and override."""
    counts: bool = field(init=False, repr=False, compare=False)
    """Whether the finding affects the conclusion."""

    def __post_init__(self) -> None:
        # Set once rather than computed for each of the hundreds of looks that rendering takes.
        object.__setattr__(self, "status", self.finding.status)
        object.__setattr__(self, "counts", self.level is Level.BLOCK and self.override is None)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one evaluation."""

    kind: VerdictKind
    conclusion: Conclusion
    head_sha: str
    at: datetime
    findings: tuple[RuleResult, ...] = ()
    """Results in the order of `hotfix.rules.RULES`, without the rules that are off."""
    note: str = ""
    """Additional information: an invalid policy's errors, or a warning about the policy in the pull request."""
    policy_source: str = "built-in defaults"
    """`owner/name@<sha>:.github/hotfix.yml`, or a phrase for the defaults."""
    production: Production | None = None
    policy_lines: tuple[int, ...] = ()
    """The line numbers of an invalid policy's errors, in the order of the note's list."""
    repo: str = ""
    """`owner/name`; empty in a clone without a remote."""
    pull: int | None = None
    author: str = ""
    """The login of the pull request's author, set only if no rule was evaluated; otherwise it is in the facts."""
    retry: bool = False
    """Whether a rule is unknown for a temporary reason, so that a retry may help; otherwise only a new event can."""
    label: str = "hotfix"
    """The policy's label, which makes a pull request a hotfix."""

    def of(self, status: Status) -> tuple[RuleResult, ...]:
        """Return the results that affect the conclusion and have this status."""
        return self._by_status.get(status, ())

    @cached_property
    def _by_status(self) -> Mapping[Status, tuple[RuleResult, ...]]:
        # Rendering asks dozens of times.
        found: dict[Status, tuple[RuleResult, ...]] = {}
        for result in self.findings:
            if result.counts:
                found[result.status] = (*found.get(result.status, ()), result)
        return found

    @property
    def failed_rules(self) -> tuple[str, ...]:
        """Return the IDs of the blocking rules that failed, in the rules' order."""
        return tuple(result.rule for result in self.of(Status.FAILED))

    @cached_property
    def title(self) -> str:
        """Return the check run's title, such as `2 of 13 rules fail: commits, size`. For display only."""
        total = len(self.findings)
        match self.kind:
            case VerdictKind.NOT_A_HOTFIX:
                return "not a hotfix"
            case VerdictKind.MISSING_LABEL:
                return f"A hotfix branch without the label {self.label}"
            case VerdictKind.BROKEN_POLICY:
                return "The policy has errors"
            case VerdictKind.HOTFIX:
                pass
        for status, one, many in (
            (Status.FAILED, "rules fails", "rules fail"),
            (Status.UNKNOWN, "rules is unknown", "rules are unknown"),
            (Status.PENDING, "rules is pending", "rules are pending"),
        ):
            if results := self.of(status):
                names = ", ".join(result.rule for result in results)
                return f"{len(results)} of {total} {one if len(results) == 1 else many}: {names}"
        local = any(result.status is Status.NOT_EVALUATED for result in self.findings)
        quiet = (Status.PASSED, Status.NOT_EVALUATED)
        aside = [result for result in self.findings if not result.counts and result.status not in quiet]
        if not aside:
            return "Every rule that applies in a clone passes" if local else f"All {total} rules pass"
        passing = (
            "Every blocking rule that applies in a clone passes"
            if local
            else f"{total - len(aside)} of {total} rules pass"
        )
        warned, overridden = ([r.rule for r in aside if bool(r.override) is by] for by in (False, True))
        parts = (("warning", warned), ("overridden", overridden))
        return "; ".join([passing, *(f"{word}: {', '.join(rules)}" for word, rules in parts if rules)])


def conclude(findings: tuple[RuleResult, ...]) -> Conclusion:
    """Return the conclusion: failed takes precedence over unknown, unknown over pending. Unknown is never a pass."""
    statuses = {result.status for result in findings if result.counts}
    if Status.FAILED in statuses:
        return Conclusion.FAIL
    if Status.UNKNOWN in statuses:
        return Conclusion.UNKNOWN
    if Status.PENDING in statuses:
        return Conclusion.PENDING
    return Conclusion.PASS
