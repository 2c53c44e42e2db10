"""Intake, worker and writer in an event loop, as in the service: no job runs twice at a time, none is lost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.queue import job_table
from app.queue.group_commit import GroupWriter
from app.queue.handler_result import Cache, CacheInvalidation, HandlerResult
from app.queue.intake import Intake, WebhookDelivery
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import AnswerProtection, EvaluateHead, EvaluatePull, Job, JobKind, Redeliver
from app.queue.retry import back_off
from app.queue.worker import Worker
from app.storage import database, pulls
from app.storage.pulls import HeadChecked
from hotfix.github.transport.errors import TransientError
from tests.service.conftest import head
from tests.service.running import PATIENCE, eventually


class Running:
    """Writer, worker and intake in an event loop, as in the service; `perform` runs every job."""

    def __init__(self, engine: Engine, perform: Callable[[ClaimedJob[Job]], JobResult], name: str = "me") -> None:
        loop = asyncio.get_running_loop()
        self.writer = GroupWriter(engine, loop)
        self.worker = Worker(self.writer, dict.fromkeys(JobKind, perform), name)
        self.intake = Intake(self.writer, self.worker.handoff, lambda: self.worker.claim_for, kinds=frozenset(JobKind))

    async def __aenter__(self) -> Running:
        self.worker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.stop()
        await asyncio.to_thread(self.writer.close)

    async def until(self, holds: Callable[[], bool]) -> None:
        await asyncio.to_thread(eventually, holds, "it")


def evaluation(number: int, delay: float = 0.0) -> EvaluatePull:
    return EvaluatePull(repo="acme/shop", number=number, installation=1, likely=True, delay=delay)


def delivery(guid: str, number: int = 42) -> WebhookDelivery:
    wanted = HandlerResult(repo="acme/shop", jobs=(evaluation(number),))
    return WebhookDelivery(guid=guid, event="pull_request", action="opened", result=wanted)


def test_a_guid_is_taken_once_also_when_it_comes_twice_at_a_time(engine: Engine) -> None:
    async def scenario() -> None:
        async with Running(engine, lambda job: JobResult()) as running:
            first = await asyncio.gather(*(running.intake.take(delivery(f"g{n % 10}")) for n in range(30)))
            assert sum(first) == 10
            assert not await running.intake.take(delivery("g3"))

    asyncio.run(scenario())


def test_a_renamed_repository_keeps_its_jobs_and_records(engine: Engine) -> None:
    later = HandlerResult(repo="acme/shop", jobs=(evaluation(42, delay=60),), head=head("a", 1))
    moved = HandlerResult(
        repo="acme/store", renamed_from="acme/shop", invalidations=(CacheInvalidation(Cache.REPO, "acme/shop"),)
    )

    async def scenario() -> None:
        async with Running(engine, lambda job: JobResult()) as running:
            await running.intake.take(WebhookDelivery(guid="g1", event="pull_request", action="opened", result=later))
            await running.intake.take(WebhookDelivery(guid="g2", event="repository", action="renamed", result=moved))

    asyncio.run(scenario())
    with engine.connect() as connection:
        (job,) = connection.execute(sa.text("SELECT key, args, cause FROM jobs"))
        known = pulls.known(connection, "acme/store", 42)
    assert (job.key, json.loads(job.args)["repo"], job.cause) == ("evaluate:acme/store#42", "acme/store", "g1")
    assert known is not None
    assert known.head_sha == "a"


def test_a_repository_of_another_owner_has_another_installation(engine: Engine) -> None:
    held = AnswerProtection(repo="old/shop", installation=1, run_id=9, environment="production", sha="a", delay=60)
    asked = HandlerResult(repo="old/shop", jobs=(held,), head=replace(head("a", 1), repo="old/shop"))
    moved = HandlerResult(repo="acme/shop", renamed_from="old/shop")

    async def scenario() -> None:
        async with Running(engine, lambda job: JobResult()) as running:
            await running.intake.take(WebhookDelivery(guid="g1", event="push", action="", result=asked))
            await running.intake.take(
                WebhookDelivery(guid="g2", event="repository", action="transferred", result=moved)
            )

    asyncio.run(scenario())
    with engine.connect() as connection:
        (job,) = connection.execute(sa.text("SELECT key, args FROM jobs"))
        known = pulls.known(connection, "acme/shop", 42)
    assert job.key == "protection:acme/shop:9:production"
    assert "installation" not in json.loads(job.args), "it is looked up"
    assert known is not None
    assert known.installation == 0, "what a later push asks to be evaluated looks it up as well"


def test_one_evaluation_at_a_time_and_one_after_the_last(engine: Engine) -> None:
    """All deliveries that arrive during an evaluation are covered by one more evaluation."""
    generations: list[int] = []
    at_once = threading.Semaphore(1)
    begun, goes_on = threading.Event(), threading.Event()

    def perform(job: ClaimedJob[Job]) -> JobResult:
        assert at_once.acquire(blocking=False), "two evaluations at a time"
        generations.append(job.generation)
        begun.set()
        assert goes_on.wait(PATIENCE)
        at_once.release()
        return JobResult()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g0"))
            await running.until(begun.is_set)
            for n in range(1, 50):
                await running.intake.take(delivery(f"g{n}"))
            goes_on.set()
            await running.until(lambda: not waiting(engine))

    asyncio.run(scenario())
    assert generations == [1, 50]


def test_a_delayed_request_during_a_run_is_served_when_due(engine: Engine) -> None:
    """Such as the event of a bot that acts before the run has ended."""
    began: list[float] = []
    begun, goes_on = threading.Event(), threading.Event()

    def perform(_job: ClaimedJob[Job]) -> JobResult:
        began.append(time.time())
        begun.set()
        assert goes_on.wait(PATIENCE)
        return JobResult()

    async def scenario() -> float:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g0"))
            await running.until(begun.is_set)
            due_at = time.time() + 1.0
            later = HandlerResult(repo="acme/shop", jobs=(replace(evaluation(42), due_at=due_at),))
            await running.intake.take(WebhookDelivery(guid="g1", event="issues", action="edited", result=later))
            goes_on.set()
            await running.until(lambda: not waiting(engine))
            return due_at

    due_at = asyncio.run(scenario())
    assert len(began) == 2
    assert began[1] >= due_at - job_table.AGAIN


def waiting(engine: Engine) -> int:
    with database.writing(engine) as connection:
        return job_table.overview(connection, "").open


def test_an_unknown_verdict_is_retried(engine: Engine) -> None:
    attempts: list[int] = []

    def perform(job: ClaimedJob[Job]) -> JobResult:
        attempts.append(job.attempts)
        if job.attempts == 0:
            raise TransientError("GitHub is down")
        return JobResult()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g"))
            await running.until(lambda: not waiting(engine))

    asyncio.run(scenario())
    assert attempts == [0, 1]


def test_a_mistake_of_ours_is_tried_again_and_stops_nothing_else(engine: Engine) -> None:
    ran: set[str] = set()

    def perform(job: ClaimedJob[Job]) -> JobResult:
        if job.key.endswith("#1"):
            raise RuntimeError("a mistake")
        ran.add(job.key)
        return JobResult()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            for number in (1, 2, 3):
                await running.intake.take(delivery(f"g{number}", number))
            await running.until(lambda: len(ran) == 2)
            await running.until(failed)

    def failed() -> bool:
        """Return whether the other job's failure and its retry time are stored."""
        row = sa.select(database.jobs.c.error).where(database.jobs.c.key == "evaluate:acme/shop#1")
        with database.writing(engine) as connection:
            return bool(connection.scalar(row))

    asyncio.run(scenario())


def test_a_result_that_cannot_be_written_is_tried_with_back_off(engine: Engine) -> None:
    """The database itself works, so an immediate retry would call GitHub in an endless loop."""
    runs = 0

    def spoil(_connection: object) -> None:
        raise ValueError("text that no database takes")

    def perform(job: ClaimedJob[Job]) -> JobResult:
        nonlocal runs
        runs += 1
        return JobResult(record=spoil)

    def row() -> tuple[int, str | None, str | None]:
        columns = database.jobs.c
        with database.writing(engine) as connection:
            found = connection.execute(sa.select(columns.attempts, columns.error, columns.owner)).one()
        return found.attempts, found.error, found.owner

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g1"))
            await running.until(lambda: row()[0] >= 2)

    asyncio.run(scenario())
    attempts, error, owner = row()
    assert error == "text that no database takes"
    assert owner is None
    assert attempts <= runs <= attempts + 1


def test_a_reason_of_any_characters_is_kept(engine: Engine) -> None:
    """GitHub's messages may contain characters that neither database accepts."""

    def perform(job: ClaimedJob[Job]) -> JobResult:
        raise TransientError("half of a pair \ud83d, and NUL \0")

    def reason() -> str | None:
        with database.writing(engine) as connection:
            return connection.scalar(sa.select(database.jobs.c.error))

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g1"))
            await running.until(lambda: bool(reason()))

    asyncio.run(scenario())
    assert reason() == "half of a pair ?, and NUL "


def test_jobs_of_a_job_run_and_a_recurring_one_is_due_later(engine: Engine) -> None:
    ran: list[JobKind] = []

    def perform(job: ClaimedJob[Job]) -> JobResult:
        ran.append(job.job.kind)
        if job.job.kind is JobKind.SHA:
            return JobResult(jobs=(evaluation(1), Redeliver()))
        if job.job.kind is JobKind.REDELIVER:
            return JobResult(jobs=(Redeliver(delay=100),))
        return JobResult()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            wanted = HandlerResult(
                repo="acme/shop", jobs=(EvaluateHead(repo="acme/shop", sha="a" * 40, installation=1),)
            )
            await running.intake.take(WebhookDelivery(guid="g", event="check_run", action="rerequested", result=wanted))
            await running.until(lambda: len(ran) >= 3)
            await running.until(lambda: waiting(engine) == 1)

    asyncio.run(scenario())
    assert sorted(ran) == [JobKind.EVALUATE, JobKind.REDELIVER, JobKind.SHA]


def test_more_jobs_than_there_is_room_for_are_all_run(engine: Engine) -> None:
    ran: set[str] = set()

    def perform(job: ClaimedJob[Job]) -> JobResult:
        ran.add(job.key)
        return JobResult()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await asyncio.gather(*(running.intake.take(delivery(f"g{n}", n)) for n in range(200)))
            await running.until(lambda: len(ran) == 200)

    asyncio.run(scenario())


def test_a_check_of_others_evaluates_hotfixes_with_that_head(engine: Engine) -> None:
    async def scenario() -> list[str]:
        ran: list[str] = []

        def perform(job: ClaimedJob[Job]) -> JobResult:
            ran.append(job.key)
            return JobResult()

        with database.writing(engine) as connection:
            pulls.record_heads(connection, [head("a" * 40, 1)])
            connection.execute(database.pulls.update().values(kind="hotfix"))
        async with Running(engine, perform) as running:
            for guid, sha in (("g1", "b" * 40), ("g2", "a" * 40)):
                wanted = HandlerResult(repo="acme/shop", checked=HeadChecked(repo="acme/shop", sha=sha))
                await running.intake.take(
                    WebhookDelivery(guid=guid, event="check_run", action="completed", result=wanted)
                )
            await running.until(lambda: bool(ran))
        return ran

    assert asyncio.run(scenario()) == ["evaluate:acme/shop#42"]


def test_the_pause_grows_to_a_minute_and_varies() -> None:
    assert back_off(0, lambda: 0.5) == 1.0
    assert back_off(3, lambda: 0.5) == 8.0
    assert back_off(99, lambda: 0.5) == 60.0
    assert back_off(3, lambda: 0.0) < back_off(3, lambda: 1.0)
