"""Choose what every format shows of a verdict: who must act now, and which findings come first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotfix.finding import Finding, Status
from hotfix.remedies import rebase
from hotfix.text.sentences import capitalized
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

_COMMIT = re.compile("@[0-9a-f]{40,64}(?=:)", re.ASCII)
MARKS = {
    Status.PASSED: "✅",
    Status.FAILED: "❌",
    Status.PENDING: "⏳",
    Status.UNKNOWN: "❔",
    Status.NOT_EVALUATED: "➖",
}
CONCLUSIONS = {
    Conclusion.PASS: "✅",
    Conclusion.FAIL: "❌",
    Conclusion.PENDING: "⏳",
    Conclusion.UNKNOWN: "❔",
}


def cut(finding: Finding, most: int) -> tuple[Sequence[str], int]:
    """Return the first details of a finding, and how many more there are."""
    shown = finding.details[:most]
    return shown, len(finding.details) - len(shown) + finding.more_details


def sentence(words: str, finding: Finding) -> str:
    """Return words of a finding with a capital first letter, unless the first one is a name or a path."""
    return capitalized(words, (*finding.actors, *(place.path for place in finding.locations)))


def policy_source(verdict: Verdict) -> str:
    """Return where the policy is from, its commit in as many digits as people need."""
    return _COMMIT.sub(lambda found: found[0][:13], verdict.policy_source)


def headline(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    if verdict.kind is VerdictKind.NOT_A_HOTFIX:
        return "Not a hotfix"
    words = {
        Conclusion.PASS: "This hotfix passes",
        Conclusion.FAIL: "This hotfix fails",
        Conclusion.PENDING: "This hotfix is pending",
        Conclusion.UNKNOWN: "There is no verdict yet",
    }[verdict.conclusion]
    return f"{words}: {verdict.title[:1].lower()}{verdict.title[1:]}"


def acting(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return who must act now, each with the rules they fix. Failures come before what is pending.

    A failure is for its first actor to fix (the author); the others can help, for example by an override.
    """
    found: dict[str, tuple[str, ...]] = {}
    for result in verdict.of(Status.FAILED) or verdict.of(Status.UNKNOWN) or verdict.of(Status.PENDING):
        actors = result.finding.actors
        for actor in actors if result.status is Status.PENDING else actors[:1]:
            found[actor] = (*found.get(actor, ()), result.rule)
    return found


def deciding(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that prevent a pass, in the order they are shown."""
    return verdict.of(Status.FAILED) + verdict.of(Status.UNKNOWN) + verdict.of(Status.PENDING)


def needless(verdict: Verdict) -> dict[str, str]:
    """Return the rules whose commands those of another failed rule make needless: rule -> that other rule."""
    failed = [result for result in verdict.of(Status.FAILED) if result.finding.commands]
    found: dict[str, str] = {}
    for at, result in enumerate(failed):
        for other_at, other in enumerate(failed):
            if other.rule == result.rule or other.rule in found:
                continue
            mine, theirs = result.finding, other.finding
            same = mine.commands == theirs.commands or (mine.restores and mine.restores == theirs.restores)
            if (same and other_at < at) or (mine.restores and mine.restores < theirs.restores):
                found[result.rule] = other.rule
                break
    return found


def common_push(verdict: Verdict) -> str:
    """Return the push that several rules end with, warnings included: once at the end is enough.

    Empty if only one has it.
    """
    pushes = [push for result in (*verdict.of(Status.FAILED), *warnings(verdict)) if (push := last_push(result))]
    return pushes[0] if len(pushes) > 1 else ""


def last_push(result: RuleResult) -> str:
    """Return the push that a finding's commands end with; empty if they end with another command."""
    last = result.finding.commands[-1] if result.finding.commands else ""
    return last if rebase.is_push(last) else ""


def overridden(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that a person set aside and that would count otherwise."""
    return tuple(result for result in verdict.findings if result.override and result.status is not Status.PASSED)


def warnings(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that are shown but don't block."""
    quiet = (Status.PASSED, Status.NOT_EVALUATED)
    return tuple(r for r in verdict.findings if not r.counts and not r.override and r.status not in quiet)


def passing(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that passed, whatever their level."""
    return tuple(result for result in verdict.findings if result.status is Status.PASSED)


def not_evaluated(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that only GitHub has the facts for."""
    return tuple(result for result in verdict.findings if result.status is Status.NOT_EVALUATED)
