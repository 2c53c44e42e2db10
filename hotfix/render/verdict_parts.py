"""Parts of a verdict that all formats share, such as who must act now and which findings come first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hotfix.finding import Finding, Status
from hotfix.remedies import rebase
from hotfix.text.durations import moment
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.sentences import capitalized
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

_COMMIT = re.compile("@[0-9a-f]{40,64}(?=:)", re.ASCII)
_PLACE = lazy_pattern(r"line \d+ |(?P<where>[^\s:]+)(?::\d+ |(?: “[^”]*”)?: )")
"""The location with which a detail begins."""
MARKS = {
    Status.PASSED: "✅",
    Status.FAILED: "❌",
    Status.PENDING: "⏳",
    Status.UNKNOWN: "❔",
    Status.NOT_EVALUATED: "➖",
}
CONCLUSIONS = {Conclusion.PASS: "✅", Conclusion.FAIL: "❌", Conclusion.PENDING: "⏳", Conclusion.UNKNOWN: "❔"}


def cut(finding: Finding, most: int) -> tuple[Sequence[str], int]:
    """Return the first `most` details of a finding, and the number of further ones.

    A single further one is returned too, as it takes no more room than its count.
    """
    details = finding.details
    shown = details if len(details) + finding.more_details <= most + 1 else details[:most]
    return shown, len(details) - len(shown) + finding.more_details


def unsaid(finding: Finding, most: int) -> tuple[Sequence[str], int]:
    """Return the details to show and the number of further ones, without those that the message already contains."""
    return cut(replace(finding, details=unsaid_lines(finding.message, finding.details)), most)


def unsaid_lines(message: str, details: Sequence[str]) -> tuple[str, ...]:
    """Return the details that the message of a finding doesn't contain."""
    return tuple(line for line in details if not _is_said(line, message))


def _is_said(detail: str, message: str) -> bool:
    """Return whether a message contains a detail: its text, and the file or commit that it is about."""
    place = _PLACE.match(detail)
    if place is None:
        return _names(message, detail)
    return _names(message, place["where"] or "") and _names(message, detail[place.end() :])


def _names(message: str, words: str) -> bool:
    """Return whether a message contains the words, and not only as a part of longer ones such as another path."""
    return re.search(rf"(?<![\w./-]){re.escape(words)}(?![\w/-]|\.\w)", message) is not None


def sentence(words: str, finding: Finding) -> str:
    """Return text of a finding with a capital first letter, unless it begins with a login or a path."""
    return capitalized(words, (*finding.actors, *(place.path for place in finding.locations)))


def policy_source(verdict: Verdict) -> str:
    """Return the source of the policy, with its commit abbreviated to 12 digits."""
    return _COMMIT.sub(lambda found: found[0][:13], verdict.policy_source)


def headline(verdict: Verdict) -> str:
    """Return the verdict as one line."""
    if verdict.kind is VerdictKind.NOT_A_HOTFIX:
        return "Not a hotfix"
    words = {
        Conclusion.PASS: "This hotfix passes",
        Conclusion.FAIL: "This hotfix fails",
        Conclusion.PENDING: "This hotfix is pending",
        Conclusion.UNKNOWN: "There is no verdict yet",
    }[verdict.conclusion]
    return f"{words}: {verdict.title[:1].lower()}{verdict.title[1:]}"


def ended(verdict: Verdict) -> str:
    """Return why a hotfix that passes does not run in production, although it was deployed; empty if it was not.

    It is the end of a sentence: what is known after the verdict must not be contradicted by it.
    """
    end = verdict.production.ended if verdict.production else None
    if end is None or verdict.conclusion is not Conclusion.PASS:
        return ""
    return f"{'it ran in production until' if end.ran else 'its deployment to production failed at'} {moment(end.at)}"


def acting(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return who must act now, each with the rules to act on.

    If rules failed, only those are included; otherwise the unknown rules, otherwise the pending ones. A failed or
    unknown rule is for its first actor to fix (usually the author); the others can help, for example by an override.
    """
    return by_actor(verdict.of(Status.FAILED) or verdict.of(Status.UNKNOWN) or verdict.of(Status.PENDING))


def by_actor(results: Sequence[RuleResult]) -> dict[str, tuple[str, ...]]:
    """Return the actors of the results, each with the rules to act on; only a pending rule is for all its actors."""
    found: dict[str, tuple[str, ...]] = {}
    for result in results:
        for actor in result.finding.actors[: None if result.status is Status.PENDING else 1]:
            found[actor] = (*found.get(actor, ()), result.rule)
    return found


def deciding(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that prevent a pass, in display order."""
    return verdict.of(Status.FAILED) + verdict.of(Status.UNKNOWN) + verdict.of(Status.PENDING)


def needless(verdict: Verdict) -> dict[str, str]:
    """Return the failed rules whose commands are covered by another failed rule, mapped to that other rule."""
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
    """Return the push command that ends several failed rules or warnings, to be shown once; empty if there is none."""
    pushes = [push for result in (*verdict.of(Status.FAILED), *warnings(verdict)) if (push := last_push(result))]
    return pushes[0] if len(pushes) > 1 else ""


def last_push(result: RuleResult) -> str:
    """Return the push command with which a finding's commands end; empty if they end with another command."""
    last = result.finding.commands[-1] if result.finding.commands else ""
    return last if rebase.is_push(last) else ""


def overridden(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the overridden results, except those that pass anyway."""
    return tuple(result for result in verdict.findings if result.override and result.status is not Status.PASSED)


def warnings(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that are shown but don't block."""
    quiet = (Status.PASSED, Status.NOT_EVALUATED)
    return tuple(r for r in verdict.findings if not r.counts and not r.override and r.status not in quiet)


def passing(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that passed, at any level."""
    return tuple(result for result in verdict.findings if result.status is Status.PASSED)


def not_evaluated(verdict: Verdict) -> tuple[RuleResult, ...]:
    """Return the results that were not evaluated, because only GitHub has the facts."""
    return tuple(result for result in verdict.findings if result.status is Status.NOT_EVALUATED)
