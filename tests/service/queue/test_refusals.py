"""The number of times that GitHub must refuse a job's calls before the job is given up."""

from __future__ import annotations

import pytest

from app.queue.job_table import ClaimedJob
from app.queue.jobs import AnswerComment, EvaluatePull, Job
from app.queue.retry import ANSWERED_WITHIN, FINAL_AFTER, back_off
from app.queue.worker import _is_final
from hotfix.github.transport.errors import NotFound, NotPermitted

COMMENT = AnswerComment(repo="acme/shop", installation=1, number=7, comment=1, action="created", body="/hotfix recheck")
PULL = EvaluatePull(repo="acme/shop", installation=1, number=7, likely=True)
NO = NotPermitted("Resource not accessible by integration")


def claimed(job: Job, attempts: int, *, refused: bool = True) -> ClaimedJob[Job]:
    return ClaimedJob(
        key=job.key,
        job=job,
        priority=0,
        generation=1,
        attempts=attempts,
        cause="a delivery",
        wanted_at=0.0,
        refused=refused,
    )


@pytest.mark.parametrize(
    ("job", "error", "attempts", "final"),
    [
        (PULL, NO, 0, True),
        (COMMENT, NO, FINAL_AFTER, False),
        (COMMENT, NO, ANSWERED_WITHIN - 1, False),
        (COMMENT, NO, ANSWERED_WITHIN, True),
        (COMMENT, NotFound("no such comment"), FINAL_AFTER - 1, False),
        (COMMENT, NotFound("no such comment"), FINAL_AFTER, True),
    ],
)
def test_a_comment_is_kept_while_its_answer_is_not_permitted(
    job: Job, error: NotPermitted | NotFound, attempts: int, final: bool
) -> None:
    """An evaluation's check run names the missing permission, but a comment without an answer would be lost."""
    assert _is_final(claimed(job, attempts), error) is final


def test_a_refusal_counts_once_github_repeats_it() -> None:
    """A single 404, whatever its message, may be part of an outage, so it is only a failed attempt."""
    gone = NotFound("no such comment")
    assert not _is_final(claimed(COMMENT, FINAL_AFTER, refused=False), gone)
    assert _is_final(claimed(COMMENT, FINAL_AFTER, refused=True), gone)


def test_a_comment_is_kept_for_an_hour() -> None:
    assert 3_300 < sum(back_off(attempts, lambda: 0.5) for attempts in range(1, ANSWERED_WITHIN)) < 4_500
