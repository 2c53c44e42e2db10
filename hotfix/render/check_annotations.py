"""Render the findings of a verdict as annotations on lines of the change."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hotfix.finding import Status
from hotfix.policy import PATH, PolicyError
from hotfix.text.escaping import one_line, printable, shortened
from hotfix.verdict import RuleResult, Verdict

_LONGEST_MESSAGE = 4_000
"""Maximum length in characters. GitHub's limit of 64 kB is too long to read in an annotation."""
_LONGEST_TITLE = 255


class Weight(StrEnum):
    """The level of an annotation, most serious first."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """An annotation with the field names of GitHub's check-run API. GitHub shows its texts as plain text."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Weight
    title: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the annotation as the API expects it."""
        return asdict(self)


def annotations(verdict: Verdict) -> list[Annotation]:
    """Return an annotation per location of the findings that didn't pass, failures first. GitHub accepts 50 at once."""
    order = list(Weight)
    found = (annotation for result in verdict.findings for annotation in _of(result))
    return sorted(found, key=lambda annotation: order.index(annotation.annotation_level))


def policy_annotations(error: PolicyError) -> list[Annotation]:
    """Return the errors of an invalid policy as annotations on its lines, for a pull request that changes it."""
    errors = ((one.line, f"{one.key + ': ' if one.key else ''}{one.message}") for one in error.problems)
    return [_annotation(PATH, line, Weight.FAILURE, "hotfix policy", said) for line, said in errors]


def weight(result: RuleResult) -> Weight | None:
    """Return the annotation level of a finding; None if it needs no annotation."""
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
        title = one_line(f"hotfix: {result.rule}")
        yield _annotation(location.path, location.line, level, title, message, location.end_line)


def _annotation(path: str, line: int, level: Weight, title: str, message: str, end_line: int = 0) -> Annotation:
    first = max(line, 1)
    return Annotation(
        path=path,
        start_line=first,
        end_line=max(end_line, first),
        annotation_level=level,
        title=shortened(title, _LONGEST_TITLE),
        message=shortened(printable(message), _LONGEST_MESSAGE),
    )
