"""Map each kind of job to the function that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.job_context import JobContext
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import Job, JobKind
from app.tasks import (
    answer_comment,
    deploy_workflow,
    evaluate_pulls,
    evaluate_repos,
    notify,
    protection,
    reconcile_incident,
    sweeps,
)

HANDLERS: Mapping[JobKind, Callable[[JobContext, ClaimedJob[Any]], JobResult]] = {
    JobKind.EVALUATE: evaluate_pulls.evaluate_pull,
    JobKind.GROUP: evaluate_pulls.evaluate_group,
    JobKind.SHA: evaluate_pulls.evaluate_head,
    JobKind.COMMENT: answer_comment.answer,
    JobKind.PROTECTION: protection.answer,
    JobKind.DISPATCH: deploy_workflow.dispatch,
    JobKind.REPO: evaluate_repos.evaluate_repo,
    JobKind.OWNER: evaluate_repos.evaluate_owner,
    JobKind.SWEEP: sweeps.installation,
    JobKind.SWEEP_REPO: sweeps.repository,
    JobKind.INSTALLATIONS: sweeps.installations,
    JobKind.OPEN_HOTFIXES: sweeps.open_hotfixes,
    JobKind.REDELIVER: sweeps.redeliver,
    JobKind.LIFE: reconcile_incident.reconcile,
    JobKind.NOTIFY: notify.send,
    JobKind.RETENTION: sweeps.delete_old_rows,
}


def job_handlers(context: JobContext) -> Mapping[JobKind, Callable[[ClaimedJob[Job]], JobResult]]:
    """Return the handler of each kind of job, bound to the context."""
    return {kind: partial(handler, context) for kind, handler in HANDLERS.items()}
