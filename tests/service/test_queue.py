"""The durable queue and the intake on a real database: what is wanted, by whom it is run, and that nothing is lost."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine, make_url

from app import intake, jobs, pulls, queue, store
from app.context import Done
from app.intake import Delivery, Intake
from app.jobs import Cache, Checked, Forget, Head, Job, Kind, Wanted
from app.queue import Claimed
from app.worker import Worker, back_off
from app.writer import Writer
from hotfix.github.errors import CouldNotTell
from tests.service.running import eventually


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
    engine = store.open_engine(url)
    store.migrate(engine)
    yield engine.execution_options(writes=True)
    engine.dispose()


JOB = jobs.judge("acme/shop", 42, 1)


def want(engine: Engine, *wanted: Job, now: float | None = None, claim_for: str | None = None) -> list[Any]:
    with engine.begin() as connection:
        return queue.want(connection, [(job, "guid") for job in wanted], now=now or time.time(), claim_for=claim_for)


def claim(engine: Engine, owner: str = "me", limit: int = 10) -> list[Claimed]:
    with engine.begin() as connection:
        return queue.claim(connection, owner, now=time.time(), limit=limit)


def finish(engine: Engine, job: Claimed, owner: str = "me") -> Claimed | None:
    with engine.begin() as connection:
        return queue.finish(connection, job, owner, now=time.time())


def test_migrations_make_the_tables_that_the_code_speaks_of(engine: Engine) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from app import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), store.metadata) == []
    store.migrate(engine)


def test_a_job_wanted_many_times_is_one_row_and_one_run(engine: Engine) -> None:
    for _ in range(5):
        want(engine, JOB, JOB)
    (job,) = claim(engine)
    assert job.generation == 10
    assert finish(engine, job) is None
    assert claim(engine) == []


def test_what_is_wanted_while_it_runs_is_run_once_more(engine: Engine) -> None:
    want(engine, JOB)
    (job,) = claim(engine)
    want(engine, jobs.judge("acme/shop", 42, 1, sha="a" * 40))
    assert claim(engine, "another") == [], "two run one job"
    again = finish(engine, job)
    assert again is not None
    assert again.args["sha"] == "a" * 40
    assert finish(engine, again) is None


def test_of_two_replicas_one_runs_a_job(engine: Engine) -> None:
    want(engine, *(jobs.judge("acme/shop", number, 1) for number in range(20)))
    mine, others = claim(engine, "me", 12), claim(engine, "other", 20)
    assert len(mine) == 12
    assert len(others) == 8
    assert not {job.key for job in mine} & {job.key for job in others}


def test_what_a_dead_replica_owned_is_run_by_another(engine: Engine) -> None:
    want(engine, JOB)
    claim(engine, "dead")
    with engine.begin() as connection:
        assert queue.owners(connection) == {"dead"}
        assert queue.release(connection, "dead") == 1
    (job,) = claim(engine)
    assert finish(engine, job, "dead") is None
    assert finish(engine, job) is None
    with engine.begin() as connection:
        assert queue.waiting(connection) == 0


def test_what_failed_is_due_later_and_an_event_brings_it_back_unless_github_said_when(engine: Engine) -> None:
    for held in (False, True):
        want(engine, JOB)
        (job,) = claim(engine)
        until = time.time() + 100
        with engine.begin() as connection:
            queue.postpone(connection, job, "me", until=until, held_until=until if held else 0.0, error="it")
        assert claim(engine) == []
        want(engine, JOB, claim_for="me")
        if held:
            assert claim(engine) == []
        else:
            with engine.begin() as connection:
                (owned,) = queue.owned(connection, "me")
            assert owned.attempts == 0
            finish(engine, owned)


def test_what_failed_is_tried_again_at_the_next_start(engine: Engine) -> None:
    want(engine, JOB, jobs.judge("acme/shop", 1, 1, delay=100))
    (job,) = claim(engine)
    with engine.begin() as connection:
        queue.postpone(connection, job, "me", until=time.time() + 100, held_until=0.0, error="it")
        queue.begin_anew(connection, now=time.time(), alone=True)
    assert [job.key for job in claim(engine)] == [JOB.key]


def test_a_job_for_later_waits_and_an_earlier_wish_wins(engine: Engine) -> None:
    later = jobs.judge("acme/shop", 42, 1, delay=100, swept=True)
    want(engine, later)
    assert claim(engine) == []
    want(engine, JOB)
    want(engine, later)
    (job,) = claim(engine)
    assert job.priority == 1


def test_the_most_urgent_goes_first(engine: Engine) -> None:
    want(engine, jobs.recurring(Kind.RETENTION), jobs.judge("a/b", 1, 1, swept=True), JOB)
    assert [job.kind for job in claim(engine, limit=1)] == [Kind.JUDGE]
    assert [job.key for job in claim(engine, limit=1)] == ["judge:a/b#1"]


def test_a_clock_that_was_set_back_delays_nothing(engine: Engine) -> None:
    want(engine, JOB, now=time.time() + 3600)
    assert claim(engine) == []
    with engine.begin() as connection:
        queue.shift(connection, -3600)
    assert len(claim(engine)) == 1


def test_a_clock_that_was_set_back_between_two_starts_delays_nothing(engine: Engine) -> None:
    day = 86400.0
    want(engine, JOB, now=time.time() + day)
    other = jobs.judge("acme/shop", 2, 1)
    want(engine, other, now=time.time() + day - 10)
    with engine.begin() as connection:
        queue.begin_anew(connection, now=time.time(), alone=True)
        queue.begin_anew(connection, now=time.time(), alone=True)
    assert {job.key for job in claim(engine)} == {JOB.key, other.key}


def head(sha: str, since: float, before: str | None = None, *, open_: bool = True) -> Head:
    return Head(repo="acme/shop", number=42, installation=1, sha=sha, since=since, open=open_, before=before)


def test_heads_that_are_announced_out_of_order_end_with_the_newest(engine: Engine) -> None:
    pushes = [head("a", 1), head("b", 2, "a"), head("c", 3, "b"), head("d", 3, "c"), head("d", 4)]
    rng = random.Random(7)
    for _ in range(10):
        rng.shuffle(pushes)
        with engine.begin() as connection:
            pulls.forget_repo(connection, "acme/shop")
            for push in pushes:
                pulls.saw(connection, [push])
            known = pulls.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.head_sha == "d", pushes


def test_an_event_that_moves_no_head_keeps_since_when_it_is_the_head(engine: Engine) -> None:
    with engine.begin() as connection:
        pulls.saw(connection, [head("a", 1), head("a", 5)])
        known = pulls.known(connection, "acme/shop", 42)
        assert known is not None
        assert known.head_since == 1
        assert known.seen_at == 5
        pulls.saw(connection, [head("a", 6, open_=False), head("a", 2)])
        known = pulls.known(connection, "acme/shop", 42)
    assert known is not None
    assert not known.open


class Running:
    """Writer, worker and intake in an event loop, as in the service; `perform` runs every job."""

    def __init__(self, engine: Engine, perform: Callable[[Claimed], Done], name: str = "me") -> None:
        loop = asyncio.get_running_loop()
        self.writer = Writer(engine, loop)
        self.worker = Worker(self.writer, dict.fromkeys(Kind, perform), name)
        self.intake = Intake(self.writer, self.worker.handoff, lambda: self.worker.claim_for)

    async def __aenter__(self) -> Running:
        self.worker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.worker.stop()
        await asyncio.to_thread(self.writer.close)

    async def until(self, holds: Callable[[], bool]) -> None:
        await asyncio.to_thread(eventually, holds, "it")


def delivery(guid: str, number: int = 42) -> Delivery:
    wanted = Wanted(repo="acme/shop", jobs=(jobs.judge("acme/shop", number, 1),))
    return Delivery(guid=guid, event="pull_request", action="opened", wanted=wanted)


def test_a_guid_is_taken_once_also_when_it_comes_twice_at_a_time(engine: Engine) -> None:
    async def scenario() -> None:
        async with Running(engine, lambda job: Done()) as running:
            first = await asyncio.gather(*(running.intake.take(delivery(f"g{n % 10}")) for n in range(30)))
            assert sum(first) == 10
            assert not await running.intake.take(delivery("g3"))

    asyncio.run(scenario())


def test_what_is_wanted_and_known_of_a_repository_goes_along_when_it_is_renamed(engine: Engine) -> None:
    later = Wanted(repo="acme/shop", jobs=(jobs.judge("acme/shop", 42, 1, delay=60),), head=head("a", 1))
    moved = Wanted(repo="acme/store", renamed_from="acme/shop", forget=(Forget(Cache.REPO, "acme/shop"),))

    async def scenario() -> None:
        async with Running(engine, lambda job: Done()) as running:
            await running.intake.take(Delivery(guid="g1", event="pull_request", action="opened", wanted=later))
            await running.intake.take(Delivery(guid="g2", event="repository", action="renamed", wanted=moved))

    asyncio.run(scenario())
    with engine.connect() as connection:
        (job,) = connection.execute(sa.text("SELECT key, args, cause FROM jobs"))
        known = pulls.known(connection, "acme/store", 42)
    assert (job.key, json.loads(job.args)["repo"], job.cause) == ("judge:acme/store#42", "acme/store", "g1")
    assert known is not None
    assert known.head_sha == "a"


def test_one_judging_at_a_time_and_one_after_the_last_delivery(engine: Engine) -> None:
    runs: list[tuple[float, float]] = []
    at_once, most = 0, 0
    lock = threading.Lock()

    def perform(job: Claimed) -> Done:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        began = time.monotonic()
        time.sleep(0.02)
        with lock:
            at_once -= 1
        runs.append((began, time.monotonic()))
        return Done()

    async def scenario() -> float:
        async with Running(engine, perform) as running:
            for n in range(50):
                await running.intake.take(delivery(f"g{n}"))
                await asyncio.sleep(0.001)
            last = time.monotonic()
            await running.until(lambda: bool(runs) and runs[-1][0] >= last - 0.02)
            await running.until(lambda: not waiting(engine))
            return last

    asyncio.run(scenario())
    assert most == 1
    assert len(runs) < 50


def waiting(engine: Engine) -> int:
    with engine.begin() as connection:
        return queue.waiting(connection)


def test_what_could_not_be_told_is_tried_again(engine: Engine) -> None:
    attempts: list[int] = []

    def perform(job: Claimed) -> Done:
        attempts.append(job.attempts)
        if job.attempts == 0:
            raise CouldNotTell("GitHub is down")
        return Done()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await running.intake.take(delivery("g"))
            await running.until(lambda: not waiting(engine))

    asyncio.run(scenario())
    assert attempts == [0, 1]


def test_a_mistake_of_ours_is_tried_again_and_stops_nothing_else(engine: Engine) -> None:
    ran: set[str] = set()

    def perform(job: Claimed) -> Done:
        if job.key.endswith("#1"):
            raise RuntimeError("a mistake")
        ran.add(job.key)
        return Done()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            for number in (1, 2, 3):
                await running.intake.take(delivery(f"g{number}", number))
            await running.until(lambda: len(ran) == 2)

    asyncio.run(scenario())
    with engine.begin() as connection:
        assert connection.scalar(sa.select(store.jobs.c.error).where(store.jobs.c.key == "judge:acme/shop#1"))


def test_jobs_that_a_job_calls_for_are_run_and_a_recurring_one_waits_for_its_time(engine: Engine) -> None:
    ran: list[Kind] = []

    def perform(job: Claimed) -> Done:
        ran.append(job.kind)
        if job.kind is Kind.SHA:
            return Done(jobs=(jobs.judge("acme/shop", 1, 1), jobs.recurring(Kind.REDELIVER)))
        if job.kind is Kind.REDELIVER:
            return Done(jobs=(jobs.recurring(Kind.REDELIVER, 100),))
        return Done()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            wanted = Wanted(repo="acme/shop", jobs=(jobs.of_sha("acme/shop", "a" * 40, 1),))
            await running.intake.take(Delivery(guid="g", event="check_run", action="rerequested", wanted=wanted))
            await running.until(lambda: len(ran) >= 3)
            await asyncio.sleep(0.1)

    asyncio.run(scenario())
    assert sorted(ran) == [Kind.JUDGE, Kind.REDELIVER, Kind.SHA]


def test_more_jobs_than_there_is_room_for_are_all_run(engine: Engine) -> None:
    ran: set[str] = set()

    def perform(job: Claimed) -> Done:
        ran.add(job.key)
        return Done()

    async def scenario() -> None:
        async with Running(engine, perform) as running:
            await asyncio.gather(*(running.intake.take(delivery(f"g{n}", n)) for n in range(200)))
            await running.until(lambda: len(ran) == 200)

    asyncio.run(scenario())


def test_a_check_of_others_judges_the_open_hotfixes_with_that_head(engine: Engine) -> None:
    async def scenario() -> list[str]:
        ran: list[str] = []

        def perform(job: Claimed) -> Done:
            ran.append(job.key)
            return Done()

        with engine.begin() as connection:
            pulls.saw(connection, [head("a" * 40, 1)])
            connection.execute(store.pulls.update().values(kind="hotfix"))
        async with Running(engine, perform) as running:
            for guid, sha in (("g1", "b" * 40), ("g2", "a" * 40)):
                wanted = Wanted(repo="acme/shop", checked=Checked(repo="acme/shop", sha=sha))
                await running.intake.take(Delivery(guid=guid, event="check_run", action="completed", wanted=wanted))
            await running.until(lambda: bool(ran))
        return ran

    assert asyncio.run(scenario()) == ["judge:acme/shop#42"]


def test_a_database_that_cannot_be_written_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.writer.PATIENCE", 0.2)
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    engine = store.open_engine(url)
    store.migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        writer = Writer(engine, loop)
        try:
            with pytest.raises(store.StoreError):
                await writer.submit(lambda c: intake.forget(c, before=1.0))
            assert writer.failing
        finally:
            await asyncio.to_thread(writer.close)

    asyncio.run(scenario())


def test_two_services_do_not_share_a_sqlite_file(tmp_path: Path) -> None:
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    held = store.claim_file(url)
    with pytest.raises(store.StoreError, match="another service uses"):
        store.claim_file(url)
    assert held is not None
    held.close()
    store.claim_file(url)


def test_the_pause_grows_to_a_minute_and_varies() -> None:
    assert back_off(0, lambda: 0.5) == 1.0
    assert back_off(3, lambda: 0.5) == 8.0
    assert back_off(99, lambda: 0.5) == 60.0
    assert back_off(3, lambda: 0.0) < back_off(3, lambda: 1.0)
