"""Send a recipient its missing messages about an incident. Each recipient has its own job with its own backoff."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Any

import structlog

from app.job_context import JobContext
from app.notify.recipients import ON_CALL, NotifySettings, delivered_keys
from app.notify.undelivered import Cause, Undelivered
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import Notify, ReconcileLife
from app.queue.retry import ANSWERED_WITHIN
from app.storage import messages
from app.storage.messages import MessageRow
from hotfix.life.incident_life import Life
from hotfix.life.words.announcements import (
    CHANNEL,
    PAGERDUTY,
    STAKEHOLDER,
    STATUS_PAGE,
    Announcement,
    announcements,
    headline,
    public_title,
)
from hotfix.severities import Severity

log = structlog.get_logger(part="notify")

AT_ONCE = 4
"""Maximum number of concurrent jobs, so that a service that hangs does not block the threads of evaluations."""
ASK_AGAIN = timedelta(hours=1)
"""Time after which the on-call schedule is read again if the incident changes, since people swap shifts."""
BUSY = 0.5
"""Seconds until a job is retried if the maximum number of jobs was already running."""
SPACING = 60.0
"""Minimum number of seconds between two attempts if the configuration made the first fail, even if events occur."""
HOURLY = 3600.0
HOURLY_FROM = ANSWERED_WITHIN
"""Number of attempts (about an hour) after which an unexplained failure is retried hourly."""
GIVEN_UP_AFTER = HOURLY_FROM + 7 * 24
"""Number of attempts (about a week) after which a failed message is retried only on an event."""
_room = BoundedSemaphore(AT_ONCE)


@dataclass
class _Stop(Exception):
    """Sending must stop because a message could not be delivered."""

    row: MessageRow
    retry_after: float | None
    cause: Cause

    def is_retried(self, attempts: int) -> bool:
        """Return whether the message is retried without an event after this number of failed attempts."""
        if self.cause is Cause.CONFIGURATION:
            return False
        return self.cause is Cause.PASSING or attempts < GIVEN_UP_AFTER

    def pause(self, attempts: int) -> float | None:
        """Return the minimum number of seconds until the retry; None to use the backoff alone."""
        if self.cause is Cause.UNEXPLAINED and attempts >= HOURLY_FROM:
            return HOURLY
        return self.retry_after


def jobs(life: Life, repo: str, installation: int) -> tuple[Notify, ...]:
    """Return a job for each recipient that has missing messages."""
    record = life.record
    found = []
    for to in sorted(record.reachable - {ON_CALL}):
        due = announcements(life, to)
        if to == PAGERDUTY:
            due = _for_pagerduty(life, due)
        there = delivered_keys(record, to)
        if life.closed and not there:
            continue  # closed before the recipient got any message
        missing = tuple(each for each in due if each.key not in there)
        text = headline(life) if to == CHANNEL and due else ""
        if missing or (text and record.headline != _short(text)):
            found.append(_job(life, repo, installation, to, missing, text))
    if ON_CALL in record.reachable and _on_call_is_due(life):
        found.append(_job(life, repo, installation, ON_CALL, (), ""))
    return tuple(found)


def _on_call_is_due(life: Life) -> bool:
    """Return whether to read the on-call schedule again: after the shift's end, and on changes after an hour."""
    record, now = life.record, life.incident.now
    if life.closed or not life.incident.is_incident or life.incident.can_wait:
        return False
    asked, until = record.on_call_asked, record.on_call_until
    return asked is None or now >= asked + ASK_AGAIN or (until is not None and asked < until <= now)


def _job(life: Life, repo: str, installation: int, to: str, missing: tuple[Announcement, ...], text: str) -> Notify:
    notify = life.incident.policy.notify
    address = {
        CHANNEL: notify.channel,
        STATUS_PAGE: notify.status_page.page or "",
        ON_CALL: notify.pagerduty.schedule or "",
    }.get(to, notify.stakeholders.get(to.removeprefix(STAKEHOLDER), ""))
    content = {
        "messages": [asdict(each) for each in missing],
        "address": address,
        "components": list(notify.status_page.components),
        "ref": life.record.refs.get(to, ""),
        "headline": text,
        "title": public_title(life) if to == STATUS_PAGE else life.record.title,
        "url": life.record.url,
        "critical": life.incident.severity is Severity.P0,
    }
    return Notify(repo=repo, installation=installation, number=life.record.number, to=to, content=json.dumps(content))


def _for_pagerduty(life: Life, due: tuple[Announcement, ...]) -> tuple[Announcement, ...]:
    """Return the messages for PagerDuty: declared, acknowledged, resolved and reopened."""
    declared = [each for each in due if each.kind == "declared"]
    later = [each for each in due if each.kind in ("resolved", "reopened")]
    working = life.incident.pull or life.record.branches or life.incident.live
    if declared and working and not later:
        declared.append(Announcement(key="acknowledged", kind="acknowledged", text=""))
    return (*declared, *later)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def send(context: JobContext, claimed: ClaimedJob[Notify]) -> JobResult:
    """Send the messages, record the deliveries, and reconcile the incident so that it shows them."""
    job = claimed.job
    if not _room.acquire(blocking=False):
        return JobResult(jobs=(replace(job, delay=BUSY),))
    try:
        return _send(context, claimed)
    finally:
        _room.release()


def _send(context: JobContext, claimed: ClaimedJob[Notify]) -> JobResult:
    job = claimed.job
    with context.read() as connection:
        known = {
            row.key: row for row in messages.of_incident(connection, job.repo, job.number) if row.recipient == job.to
        }
    failed_at = max((row.at for row in known.values() if row.problem), default=0.0)
    if not claimed.attempts and (early := failed_at + SPACING - time.time()) > 0:
        return JobResult(jobs=(replace(job, delay=min(early, SPACING)),))
    sending = _Sending(context.notify, job, json.loads(job.content), known)
    rows: list[MessageRow] = []
    stopped: _Stop | None = None
    try:
        for row in sending.run():  # one at a time, to keep the rows before a failure
            rows.append(row)  # noqa: PERF402
    except _Stop as stop:
        stopped = stop
        rows.append(stop.row)
        log.warning(
            "message not delivered", repo=job.repo, incident=job.number, to=job.to, reason=stop.row.problem,
            cause=stop.cause.value, retried=stop.is_retried(claimed.attempts),
        )  # fmt: skip
    changed = [row for row in rows if _news(row, known.get(row.key))]
    life = ReconcileLife(repo=job.repo, installation=job.installation, number=job.number)
    result = JobResult(jobs=(life,) if changed else (), record=partial(messages.record, rows=tuple(rows)))
    if stopped is None or not stopped.is_retried(claimed.attempts):
        return result
    pause = stopped.pause(claimed.attempts)
    return replace(result, retry=stopped.row.problem, retry_at=time.time() + pause if pause is not None else None)


def _news(row: MessageRow, before: MessageRow | None) -> bool:
    return before is None or (row.problem, row.ref) != (before.problem, before.ref)


class _Sending:
    """A run of a job: sends the messages for one recipient."""

    def __init__(self, settings: NotifySettings, job: Notify, content: Any, known: dict[str, MessageRow]) -> None:
        self.settings, self.job, self.content, self.known = settings, job, content, known
        self.ours = f"{job.repo}#{job.number}"
        self.messages = [Announcement(**each) for each in content["messages"]]

    def run(self) -> Iterator[MessageRow]:
        """Send the messages, yielding a row for each delivered one. Raises _Stop."""
        to = self.job.to
        if to == CHANNEL:
            yield from self._channel()
        elif to == ON_CALL:
            from app.notify import pagerduty

            who = partial(pagerduty.on_call, self.settings, self.content["address"])
            yield self._made(Announcement(key=ON_CALL, kind=ON_CALL, text=""), who)
        else:
            for message in self.messages:
                if not self._there(message):
                    yield self._made(message, partial(self._one, message))

    def _there(self, message: Announcement) -> bool:
        row = self.known.get(message.key)
        return row is not None and not row.problem

    def _one(self, message: Announcement) -> str:
        """Send a message to a recipient other than the incident's channel. Return the message's ID."""
        # Each service's library is imported on first use: most installations use only one or two of them.
        to, content = self.job.to, self.content
        if to == STATUS_PAGE:
            from app.notify.statuspage import StatusPage

            page = StatusPage(self.settings, content["address"], content["components"])
            return page.publish(self.ours, content["ref"], content["title"], message)
        if to == PAGERDUTY:
            from app.notify import pagerduty

            summary = f"{self.ours}: {content['title']}"
            known = content["ref"]
            return pagerduty.send(
                self.settings, message.kind, self.ours, known, summary, content["url"], content["critical"]
            )
        if content["address"].startswith("#"):
            from app.notify.slack import Slack

            return Slack(self.settings).post(content["address"], self.ours, message.key, message.text)
        from app.notify import stakeholder_mail

        name = to.removeprefix(STAKEHOLDER)
        stakeholder_mail.send(self.settings, name, content["address"], content["title"], message.text)
        return ""

    def _channel(self) -> Iterator[MessageRow]:
        """Post the thread's first message and the replies, then update the first message, yielding their rows.

        The update comes last, so that a workspace that forbids edits does not hold up the replies.
        """
        from app.notify.slack import Slack

        slack, content = Slack(self.settings), self.content
        text, url = content["headline"], content["url"]
        head = Announcement(key="declared", kind="declared", text=text)
        row = self.known.get(head.key)
        place, _, shown = (row.ref if row and not row.problem else content["ref"]).partition("|")
        if not place:

            def open_thread() -> str:
                return " ".join(slack.open_thread(content["address"], self.ours, url, text))

            row = self._made(head, open_thread)
            place, shown = row.ref, _short(text)
            yield replace(row, ref=f"{place}|{shown}")
        channel, _, ts = place.partition(" ")
        for message in self.messages:
            if message.key != head.key and not self._there(message):
                send = partial(slack.reply, channel, ts, self.ours, message.key, message.text)
                yield self._made(message, send)
        if text and shown != _short(text):
            at = row.at if row else time.time()

            def update() -> str:
                slack.update(channel, ts, self.ours, url, text)
                return f"{place}|{_short(text)}"

            # A failed update must not mark the first message itself as undelivered.
            made = self._made(replace(head, key=messages.HEADLINE, kind=messages.HEADLINE), update)
            yield from (made, replace(made, key=head.key, kind=head.kind, at=at))

    def _made(self, message: Announcement, make: Callable[[], str]) -> MessageRow:
        row = MessageRow(
            repo=self.job.repo, number=self.job.number, recipient=self.job.to, key=message.key, kind=message.kind,
            at=time.time(),
        )  # fmt: skip
        try:
            return replace(row, ref=make())
        except Undelivered as error:
            raise _Stop(replace(row, problem=error.problem), error.retry_after, error.cause) from None
