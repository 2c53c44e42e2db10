"""Reconcile an incident: read it, derive its state, write the differences, and schedule the next run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from app.job_context import JobContext
from app.notify.recipients import with_messages
from app.queue import job_table
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import EvaluatePull, ReconcileLife
from app.queue.retry import FINAL_AFTER
from app.storage import messages, snapshots
from app.tasks import find_incidents, notify, page_content
from hotfix.facts import Facts
from hotfix.github.read.life import pull_parts
from hotfix.github.read.life.life_reading import LifeReading
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.github_app import Installation
from hotfix.github.write.life_writes import LifeWriter
from hotfix.github.write.pull import comments
from hotfix.life.incident_commands import IncidentCommand, parse
from hotfix.life.incident_life import Life, derive_life
from hotfix.life.reconcile.plan import plan
from hotfix.life.reconcile.writes import ChangeLabels, Write
from hotfix.life.words import command_answers
from hotfix.policy import Policy
from hotfix.text.comment_commands import WORD

log = structlog.get_logger(part="life")

ROUNDS = 4
"""Maximum number of consecutive rounds of reading and writing: an opened follow-up changes the status comment."""
LOOK_AGAIN = timedelta(days=1)
"""Maximum time between two runs for an incident without a running clock; webhooks announce all relevant changes."""
WAKE_AFTER = 0.05
"""Seconds added to a clock's due time, so that a timer that fires early doesn't find the clock still running."""


def reconcile(context: JobContext, claimed: ClaimedJob[ReconcileLife]) -> JobResult:
    """Reconcile the incident to which the job's number belongs: its issue, its pull request or its sub-issue."""
    job = claimed.job
    if job.number == 0:
        return find_incidents.find(context, claimed)
    client, installation = context.client(job)
    if _irrelevant(context, job):
        return JobResult()
    with context.lock(f"life:{job.repo}#{job.number}"):
        try:
            return _run(context, claimed, client, installation)
        except NotFound as error:
            return _missing(context, claimed, str(error), _label(context, job.repo))


def _missing(context: JobContext, claimed: ClaimedJob[ReconcileLife], why: str, label: str) -> JobResult:
    """Return the result if the issue was not found: it was deleted or transferred, or GitHub does not show it yet."""
    job, announced = claimed.job, bool(claimed.job.labels or claimed.job.commands)
    if announced and claimed.attempts < FINAL_AFTER:
        return JobResult(retry=why)
    context.lives.not_an_incident(claimed.key, claimed.generation, label)
    return _moved(job, why) if announced else JobResult(record=_forgetting(job))


def _moved(job: ReconcileLife, why: str) -> JobResult:
    log.info("incident no longer exists", repo=job.repo, number=job.number, reason=why)
    return JobResult(record=_forgetting(job))


def _forgetting(job: ReconcileLife) -> Callable[[Connection], Any]:
    return lambda connection: snapshots.forget(connection, job.repo, job.number)


def of_pull(
    context: JobContext, job: EvaluatePull, installation: int, facts: Facts | None
) -> tuple[ReconcileLife, ...]:
    """Return the jobs for the incidents that a pull request fixes; without facts, one job that reads which they are."""
    if facts is None or facts.pull is None:
        return (ReconcileLife(repo=job.repo, installation=installation, number=job.number),)
    messages = (commit.message for commit in facts.commits)
    fixed = sorted(pull_parts.fixes(facts.pull.title, facts.pull.body, messages, facts.repo, facts.host))
    found = [ReconcileLife(repo=job.repo, installation=installation, number=number) for number in fixed]
    label = _label(context, job.repo)
    with context.read() as connection:
        return tuple(
            each
            for each in found
            if not context.lives.is_ordinary(each.key, job_table.served(connection, each.key), label)
        )


def _label(context: JobContext, repo: str) -> str:
    policy = context.policy(repo) or Policy()
    return policy.incident.label


def _irrelevant(context: JobContext, job: ReconcileLife) -> bool:
    """Return whether the event lists labels, none of which concerns incidents."""
    policy = context.policy(job.repo)
    if job.commands or not job.labels or policy is None:
        return False
    wanted = {policy.incident.label.casefold(), policy.label.casefold(), "follow-up"}
    shown = {label.casefold() for label in job.labels}
    return not (wanted & shown or any(label.startswith("post-mortem:") for label in shown))


def _run(context: JobContext, claimed: ClaimedJob[ReconcileLife], client: Installation, installation: int) -> JobResult:
    job, relabelled = claimed.job, False
    for _ in range(ROUNDS):
        now = context.now()
        reading = context.read_life(client, job.repo, job.number)
        if reading.missing:
            label = reading.known.policy.incident.label
            return _missing(context, claimed, "GitHub does not show the issue.", label)
        if reading.moved_to:
            return _moved(job, reading.moved_to)
        if reading.record is None:
            return _no_incident(context, client, claimed, reading, installation)
        with context.read() as connection:
            sent = messages.of_incident(connection, job.repo, reading.record.number)
        record = with_messages(reading.record, sent, context.notify, reading.known.policy)
        record = context.watches.observe(record, reading.known.policy, now)
        life = derive_life(record, reading.known.policy, now)
        writes = plan(life)
        if not writes:
            break
        problems = _write(claimed, client, life, writes)
        if problems:  # an immediate retry would be refused again
            break
        relabelled |= any(isinstance(each, ChangeLabels) and each.number == record.number for each in writes)
    poll = context.watches.next(life.record, life.incident.policy, context.now())
    shown = page_content.of_life(life)
    with context.read() as connection:
        before = snapshots.known(connection, shown.name, shown.number)
    if life.record.watch is not None:
        shown = page_content.with_earlier_points(shown, before)
    # A run that failed after it had changed the label recorded nothing.
    relabelled |= before is None or before.card.get("severity") != shown.card["severity"]
    evaluations = _evaluations(job, life, installation) if relabelled else ()
    reported = (*notify.jobs(life, job.repo, installation), *evaluations)
    if why := not_shown(claimed, reading):
        return JobResult(jobs=reported, record=lambda c: snapshots.record(c, shown), retry=why)
    return JobResult(
        jobs=(*_next(job, life, installation, poll), *reported), record=lambda c: snapshots.record(c, shown)
    )


def _evaluations(job: ReconcileLife, life: Life, installation: int) -> tuple[EvaluatePull, ...]:
    """Return the evaluations of the incident's pull requests, whose verdicts name its severity if theirs differs."""
    return tuple(
        EvaluatePull(repo=job.repo, installation=installation, number=pull.number, likely=True)
        for pull in life.record.pulls
        if pull.open
    )


def not_shown(claimed: ClaimedJob[ReconcileLife], reading: LifeReading) -> str:
    """Return why to retry if GitHub does not show the change of the event yet; otherwise an empty string.

    After several attempts, the change is assumed to have been deleted.
    """
    job, label = claimed.job, reading.known.policy.incident.label.casefold()
    if claimed.attempts >= FINAL_AFTER or reading.newest_comment is None:
        return ""
    if job.comment > reading.newest_comment:
        return "GitHub does not show the comment yet."
    labelled = label in {each.casefold() for each in job.labels}
    return "GitHub does not show the label yet." if labelled and reading.record is None else ""


def _write(
    claimed: ClaimedJob[ReconcileLife], client: Installation, life: Life, writes: Sequence[Write]
) -> Sequence[str]:
    writer = LifeWriter(client, life)
    try:
        writer.apply(writes)
    finally:
        log.info(
            "incident reconciled", delivery=claimed.cause, repo=claimed.job.repo, incident=life.record.number,
            stage=life.stage.value, writes=[type(write).__name__ for write in writes], made=writer.made,
            problems=writer.problems,
        )  # fmt: skip
    return writer.problems


def _next(job: ReconcileLife, life: Life, installation: int, poll: datetime | None) -> tuple[ReconcileLife, ...]:
    """Return the job for the next clock or measurement; none for a closed incident."""
    if life.closed:
        return ()
    found = life.next_alarm()
    at = life.incident.now + LOOK_AGAIN
    if found is not None:
        at = min(at, found[1].at)
    shift_ends = life.record.on_call_until
    for other in (poll, shift_ends if shift_ends and shift_ends > life.incident.now else None):
        if other is not None:
            at = min(at, other)
    due_at = at.timestamp() + WAKE_AFTER
    return (ReconcileLife(repo=job.repo, number=job.number, installation=installation, due_at=due_at),)


def _no_incident(
    context: JobContext,
    client: Installation,
    claimed: ClaimedJob[ReconcileLife],
    reading: LifeReading,
    installation: int,
) -> JobResult:
    """Enqueue the incidents that the number belongs to. If there are none, answer its commands."""
    job = claimed.job
    if why := not_shown(claimed, reading):
        return JobResult(record=_forgetting(job), retry=why)
    if not (reading.pull or reading.belongs_to):
        context.lives.not_an_incident(claimed.key, claimed.generation, reading.known.policy.incident.label)
    if job.commands and not _any_incident(context, client, job, reading):
        _answer_all(client, job.repo, job.number, reading)
        return JobResult()
    incidents = tuple(
        ReconcileLife(repo=job.repo, number=number, installation=installation, comment=job.comment)
        for number in reading.belongs_to
        if number != job.number
    )
    return JobResult(jobs=incidents, record=None if reading.pull else _forgetting(job))


def _any_incident(context: JobContext, client: Installation, job: ReconcileLife, reading: LifeReading) -> bool:
    return any(context.read_life(client, job.repo, number).record is not None for number in reading.belongs_to)


def _answer_all(client: Installation, repo: str, number: int, reading: LifeReading) -> None:
    """Answer incident commands in the comments of an issue or pull request that belongs to no incident.

    Commands about the evaluation of a pull request are answered by `answer_comment`. Comments that are newer than the
    reading are left to their own events, since they may declare the incident.
    """
    pull, newest = reading.pull, reading.newest_comment
    for comment in comments.unanswered(client, repo, number, WORD):
        if newest is not None and comment.id > newest:
            continue
        found = parse(comment.body)
        if pull:
            found = tuple(c for c in found if isinstance(c, IncidentCommand) and c.name not in ("override", "recheck"))
        if not found:
            continue
        said = [
            command_answers.usage()
            if isinstance(command, IncidentCommand) and command.name == "help"
            else command_answers.refused(
                command_answers.not_an_incident(pull) if isinstance(command, IncidentCommand) else command.why
            )
            for command in found
        ]
        comments.reply(client, repo, number, "\n\n".join(dict.fromkeys(said)), f"hotfix:answer {comment.id}")
        helped = all(isinstance(command, IncidentCommand) and command.name == "help" for command in found)
        comments.react(client, repo, comment.id, "+1" if helped else "confused")
