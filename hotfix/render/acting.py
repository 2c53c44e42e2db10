"""Who must act now, told from a verdict: the same words for every rendering."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotfix.finding import Status
from hotfix.verdict import Conclusion, Judged, Kind, Verdict

MARKS = {
    Status.PASSED: "✅",
    Status.FAILED: "❌",
    Status.WAITING: "⏳",
    Status.UNKNOWN: "❔",
    Status.NOT_JUDGED: "➖",
}
CONCLUSIONS = {
    Conclusion.PASS: "✅",
    Conclusion.FAIL: "❌",
    Conclusion.WAITING: "⏳",
    Conclusion.UNKNOWN: "❔",
}


_CUT = re.compile(r"\.\.\. and ([0-9,]+) ")


def cut(details: Sequence[str], most: int) -> tuple[Sequence[str], int]:
    """The first of the details, and how many there are besides: a rule may have cut its list already."""
    more = len(details) - most
    if more > 0 and (said := _CUT.match(details[-1])):
        more += int(said[1].replace(",", "")) - 1
    return details[:most], max(more, 0)


def headline(verdict: Verdict) -> str:
    """The verdict in a line."""
    if verdict.kind is Kind.NOT_A_HOTFIX:
        return "Not a hotfix"
    words = {
        Conclusion.PASS: "This hotfix passes",
        Conclusion.FAIL: "This hotfix fails",
        Conclusion.WAITING: "This hotfix waits for a person",
        Conclusion.UNKNOWN: "Could not tell yet",
    }[verdict.conclusion]
    return f"{words}: {verdict.title}"


def acting(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Who must act now -> the rules they mend. Whoever mends failures comes before whoever is waited for.

    A failure is its first person's to mend (the author's); the others of `who` can help, as by an override.
    """
    found: dict[str, tuple[str, ...]] = {}
    for judged in verdict.of(Status.FAILED) or verdict.of(Status.UNKNOWN) or verdict.of(Status.WAITING):
        people = judged.finding.actors
        for who in people if judged.status is Status.WAITING else people[:1]:
            found[who] = (*found.get(who, ()), judged.rule)
    return found


def deciding(verdict: Verdict) -> tuple[Judged, ...]:
    """The findings that stand in the way, in the order they are shown."""
    return verdict.of(Status.FAILED) + verdict.of(Status.UNKNOWN) + verdict.of(Status.WAITING)


def overridden(verdict: Verdict) -> tuple[Judged, ...]:
    """The findings that a person set aside and that would count without."""
    return tuple(j for j in verdict.findings if j.override and j.status is not Status.PASSED)


def warnings(verdict: Verdict) -> tuple[Judged, ...]:
    """What is shown but doesn't block."""
    quiet = (Status.PASSED, Status.NOT_JUDGED)
    return tuple(j for j in verdict.findings if not j.counts and not j.override and j.status not in quiet)


def passing(verdict: Verdict) -> tuple[Judged, ...]:
    """What passed, whatever its level."""
    return tuple(j for j in verdict.findings if j.status is Status.PASSED)


def not_judged(verdict: Verdict) -> tuple[Judged, ...]:
    """What only GitHub can judge."""
    return tuple(j for j in verdict.findings if j.status is Status.NOT_JUDGED)
