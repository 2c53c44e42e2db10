"""Render annotations: what a verdict says about lines of the change."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hotfix.finding import Status
from hotfix.policy import PATH, PolicyError
from hotfix.text.escaping import one_line, printable, shortened
from hotfix.verdict import RuleResult, Verdict

_LONGEST_MESSAGE = 4_000
"""Characters; GitHub takes 64 kB, nobody reads that on a line."""
_LONGEST_TITLE = 255


class Weight(StrEnum):
    """How serious an annotation is, the most serious first."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation, in the names of GitHub's check-run API, which shows it as plain text."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Weight
    title: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return it in the form the API takes."""
        return asdict(self)


def annotations(verdict: Verdict) -> list[Annotation]:
    """Return the locations of every finding that didn't pass, failures first. GitHub takes 50 per request."""
    found = (annotation for result in verdict.findings for annotation in _of(result))
    return _sorted(found)


def policy_annotations(error: PolicyError, path: str = PATH) -> list[Annotation]:
    """Return a broken policy's errors on its own lines, for a pull request that changes it."""
    return [
        Annotation(
            path=path,
            start_line=problem.line,
            end_line=problem.line,
            annotation_level=Weight.FAILURE,
            title="hotfix policy",
            message=shortened(
                printable(f"{problem.key + ': ' if problem.key else ''}{problem.message}"), _LONGEST_MESSAGE
            ),
        )
        for problem in error.problems
    ]


def weight(result: RuleResult) -> Weight | None:
    """Return how serious a finding is; None if there is nothing to show."""
    if result.status in (Status.PASSED, Status.NOT_EVALUATED):
        return None
    if result.override:
        return Weight.NOTICE
    return Weight.FAILURE if result.counts and result.status is Status.FAILED else Weight.WARNING


def _of(result: RuleResult) -> Iterator[Annotation]:
    if (level := weight(result)) is None:
        return
    finding = result.finding
    for location in finding.locations:
        message = "\n".join(filter(None, (location.message or finding.message, finding.remediation)))
        first = max(location.line, 1)
        yield Annotation(
            path=location.path,
            start_line=first,
            end_line=max(location.end_line, first),
            annotation_level=level,
            title=shortened(one_line(f"hotfix: {result.rule}"), _LONGEST_TITLE),
            message=shortened(printable(message), _LONGEST_MESSAGE),
        )


def _sorted(found: Iterable[Annotation]) -> list[Annotation]:
    order = list(Weight)
    return sorted(found, key=lambda annotation: order.index(annotation.annotation_level))
