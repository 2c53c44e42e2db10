"""The verdict on one head SHA: every finding with its weight, and what follows from them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotfix.facts import Override, Production
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level

NOT_A_HOTFIX = "not a hotfix"
"""The title of a verdict that no rule has spoken on: it passes, and opens nothing."""


class Conclusion(StrEnum):
    """What all findings together come to."""

    PASS = "pass"
    FAIL = "fail"
    WAITING = "waiting"
    UNKNOWN = "could not tell"


class Kind(StrEnum):
    """What was judged: only a hotfix is judged by the rules."""

    HOTFIX = "hotfix"
    NOT_A_HOTFIX = "not a hotfix"
    MISSING_LABEL = "missing label"
    """A `hotfix/*` branch without the label: fails."""
    BROKEN_POLICY = "broken policy"
    """The policy cannot be read: a hotfix fails, `note` says file, line, column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One rule's finding with the level the policy gives it and the override that sets it aside, if any."""

    rule: str
    level: Level
    finding: Finding
    override: Override | None = None

    @property
    def counts(self) -> bool:
        """Does it decide the conclusion?"""
        return self.level is Level.BLOCK and self.override is None

    @property
    def status(self) -> Status:
        """Of the finding, whatever its weight."""
        return self.finding.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is shown everywhere, and published once."""

    kind: Kind
    conclusion: Conclusion
    head_sha: str
    at: datetime
    findings: tuple[Judged, ...] = ()
    """In the order of `hotfix.rules.RULES`, without those that are off."""
    note: str = ""
    """What else must be said: the broken policy's errors, a warning about it on another pull request."""
    policy_source: str = "built-in defaults"
    """`owner/name@<sha>:.github/hotfix.yml`, or the words for the defaults."""
    production: Production | None = None
    pull: int | None = None
    label: str = "hotfix"
    """The policy's, which makes a pull request a hotfix."""

    def of(self, *statuses: Status) -> tuple[Judged, ...]:
        """The findings that count and have one of these statuses."""
        return tuple(j for j in self.findings if j.counts and j.status in statuses)

    @property
    def failed_rules(self) -> tuple[str, ...]:
        """The ids of those that block, in the rules' order."""
        return tuple(j.rule for j in self.of(Status.FAILED))

    @property
    def title(self) -> str:
        """The check run's title: `2 of 13 rules fail: commits, size`."""
        total = len(self.findings)
        match self.kind:
            case Kind.NOT_A_HOTFIX:
                return NOT_A_HOTFIX
            case Kind.MISSING_LABEL:
                return "a hotfix branch without the hotfix label"
            case Kind.BROKEN_POLICY:
                return "the policy is broken"
            case Kind.HOTFIX:
                pass
        for status, one, many in (
            (Status.FAILED, "rules fails", "rules fail"),
            (Status.UNKNOWN, "rules could not be judged", "rules could not be judged"),
            (Status.WAITING, "rules waits", "rules wait"),
        ):
            if judged := self.of(status):
                names = ", ".join(j.rule for j in judged)
                return f"{len(judged)} of {total} {one if len(judged) == 1 else many}: {names}"
        here = any(j.status is Status.NOT_JUDGED for j in self.findings)
        aside = [j for j in self.findings if not j.counts and j.status not in (Status.PASSED, Status.NOT_JUDGED)]
        if not aside:
            return "every rule that can be judged here passes" if here else f"all {total} rules pass"
        passing = (
            "every blocking rule that can be judged here passes"
            if here
            else f"{total - len(aside)} of {total} rules pass"
        )
        warned, overridden = ([j.rule for j in aside if bool(j.override) is by] for by in (False, True))
        told = (("warning", warned), ("overridden", overridden))
        return "; ".join([passing, *(f"{word}: {', '.join(rules)}" for word, rules in told if rules)])


def conclude(findings: tuple[Judged, ...]) -> Conclusion:
    """A failure outweighs everything; what could not be told outweighs waiting; never a pass by ignorance."""
    statuses = {j.status for j in findings if j.counts}
    if Status.FAILED in statuses:
        return Conclusion.FAIL
    if Status.UNKNOWN in statuses:
        return Conclusion.UNKNOWN
    if Status.WAITING in statuses:
        return Conclusion.WAITING
    return Conclusion.PASS
