"""Which function runs which kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app.job_context import Context, Done
from app.queue.job_table import Claimed
from app.queue.jobs import Kind
from app.queue.worker import Perform
from app.tasks import answer_comment, evaluate, shipping, sweeps

PERFORMERS: Mapping[Kind, Callable[[Context, Claimed], Done]] = {
    Kind.JUDGE: evaluate.judge,
    Kind.GROUP: evaluate.judge_group,
    Kind.SHA: evaluate.judge_sha,
    Kind.COMMENT: answer_comment.answer,
    Kind.PROTECTION: shipping.answer_protection,
    Kind.DISPATCH: shipping.dispatch,
    Kind.FAN_OUT: sweeps.fan_out,
    Kind.SWEEP: sweeps.installation,
    Kind.SWEEP_REPO: sweeps.repository,
    Kind.INSTALLATIONS: sweeps.installations,
    Kind.OPEN_HOTFIXES: sweeps.open_hotfixes,
    Kind.REDELIVER: sweeps.redeliver,
    Kind.RETENTION: sweeps.retention,
}


def job_handlers(context: Context) -> Mapping[Kind, Perform]:
    """Every kind of job, bound to what it may use."""
    return {kind: partial(perform, context) for kind, perform in PERFORMERS.items()}
