"""Which function runs which kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app import comments, judging, shipping, sweeps
from app.context import Context, Done
from app.jobs import Kind
from app.queue import Claimed
from app.worker import Perform

PERFORMERS: Mapping[Kind, Callable[[Context, Claimed], Done]] = {
    Kind.JUDGE: judging.judge,
    Kind.GROUP: judging.judge_group,
    Kind.SHA: judging.judge_sha,
    Kind.COMMENT: comments.answer,
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


def performers(context: Context) -> Mapping[Kind, Perform]:
    """Every kind of job, bound to what it may use."""
    return {kind: partial(perform, context) for kind, perform in PERFORMERS.items()}
