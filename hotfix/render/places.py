"""What a verdict says about single lines of the change."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hotfix.finding import Status
from hotfix.policy import PATH, PolicyError
from hotfix.text.escaping import one_line, printable, shortened
from hotfix.verdict import Judged, Verdict

_LONGEST_MESSAGE = 4_000
"""Characters; GitHub takes 64 kB, nobody reads that on a line."""
_LONGEST_TITLE = 255


class Weight(StrEnum):
    """How loud an annotation is, the loudest first."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """In the names of GitHub's check-run API, which shows them as plain text."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Weight
    title: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """As the API takes it."""
        return asdict(self)


def annotations(verdict: Verdict) -> list[Annotation]:
    """The places of every finding that didn't pass, failures first. GitHub takes 50 a request."""
    found = (annotation for judged in verdict.findings for annotation in _of(judged))
    return _sorted(found)


def policy_annotations(error: PolicyError, path: str = PATH) -> list[Annotation]:
    """A broken policy's mistakes on its own lines, for a pull request that changes it."""
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


def weight(judged: Judged) -> Weight | None:
    """How loud a finding is; None when there's nothing to say."""
    if judged.status in (Status.PASSED, Status.NOT_JUDGED):
        return None
    if judged.override:
        return Weight.NOTICE
    return Weight.FAILURE if judged.counts and judged.status is Status.FAILED else Weight.WARNING


def _of(judged: Judged) -> Iterator[Annotation]:
    if (level := weight(judged)) is None:
        return
    finding = judged.finding
    for place in finding.places:
        words = place.message or finding.message
        mend = f"\n{finding.remediation}" if finding.remediation else ""
        first = max(place.line, 1)
        yield Annotation(
            path=place.path,
            start_line=first,
            end_line=max(place.end_line, first),
            annotation_level=level,
            title=shortened(one_line(f"hotfix: {judged.rule}"), _LONGEST_TITLE),
            message=shortened(printable(f"{words}{mend}"), _LONGEST_MESSAGE),
        )


def _sorted(found: Iterable[Annotation]) -> list[Annotation]:
    order = list(Weight)
    return sorted(found, key=lambda annotation: order.index(annotation.annotation_level))
