"""The durable queue on a real database: what is wanted, when it is due, and by whom it is run."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy.engine import Engine

from app.queue import job_table, jobs
from app.queue.job_table import Claimed
from app.queue.jobs import Job, Kind

JOB = jobs.judge("acme/shop", 42, 1)


def want(engine: Engine, *wanted: Job, now: float | None = None, claim_for: str | None = None) -> list[Any]:
    with engine.begin() as connection:
        return job_table.enqueue(
            connection, [(job, "guid") for job in wanted], now=now or time.time(), claim_for=claim_for
        )


def claim(engine: Engine, owner: str = "me", limit: int = 10) -> list[Claimed]:
    with engine.begin() as connection:
        return job_table.claim(connection, owner, now=time.time(), limit=limit)


def finish(engine: Engine, job: Claimed, owner: str = "me") -> Claimed | None:
    with engine.begin() as connection:
        return job_table.finish(connection, job, owner, now=time.time())


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
        assert job_table.owners(connection) == {"dead"}
        assert job_table.release(connection, "dead") == 1
    (job,) = claim(engine)
    assert finish(engine, job, "dead") is None
    assert finish(engine, job) is None
    with engine.begin() as connection:
        assert job_table.waiting(connection) == 0


def test_what_failed_is_due_later_and_an_event_brings_it_back_unless_github_said_when(engine: Engine) -> None:
    for held in (False, True):
        want(engine, JOB)
        (job,) = claim(engine)
        until = time.time() + 100
        with engine.begin() as connection:
            job_table.postpone(connection, job, "me", until=until, held_until=until if held else 0.0, error="it")
        assert claim(engine) == []
        want(engine, JOB, claim_for="me")
        if held:
            assert claim(engine) == []
        else:
            with engine.begin() as connection:
                (owned,) = job_table.owned(connection, "me")
            assert owned.attempts == 0
            finish(engine, owned)


def test_what_failed_is_tried_again_at_the_next_start(engine: Engine) -> None:
    want(engine, JOB, jobs.judge("acme/shop", 1, 1, delay=100))
    (job,) = claim(engine)
    with engine.begin() as connection:
        job_table.postpone(connection, job, "me", until=time.time() + 100, held_until=0.0, error="it")
        job_table.recover(connection, now=time.time(), alone=True)
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
        job_table.shift(connection, -3600)
    assert len(claim(engine)) == 1


def test_a_clock_that_was_set_back_between_two_starts_delays_nothing(engine: Engine) -> None:
    day = 86400.0
    want(engine, JOB, now=time.time() + day)
    other = jobs.judge("acme/shop", 2, 1)
    want(engine, other, now=time.time() + day - 10)
    with engine.begin() as connection:
        job_table.recover(connection, now=time.time(), alone=True)
        job_table.recover(connection, now=time.time(), alone=True)
    assert {job.key for job in claim(engine)} == {JOB.key, other.key}
