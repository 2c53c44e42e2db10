"""The durable queue on a real database: what is enqueued, when it is due, and which worker runs it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app.queue import job_table, takeover
from app.queue.job_table import LOWEST, ClaimedJob
from app.queue.jobs import LOW, SWEPT, AnswerProtection, DeleteOldRows, EvaluatePull, Job, JobKind, ReconcileLife, load
from app.storage import database


def evaluation(number: int = 42, repo: str = "acme/shop", **more: Any) -> EvaluatePull:
    return EvaluatePull(repo=repo, number=number, installation=1, likely=True, **more)


JOB = evaluation()


def enqueue(engine: Engine, *jobs: Job, now: float | None = None, claim_for: str | None = None) -> list[Any]:
    with database.writing(engine) as connection:
        return job_table.enqueue(
            connection, [(job, "guid") for job in jobs], now=now or time.time(), claim_for=claim_for
        )


def claim(engine: Engine, owner: str = "me", limit: int = 10, now: float | None = None) -> list[ClaimedJob[Job]]:
    with database.writing(engine) as connection:
        return job_table.claim(connection, owner, now=now or time.time(), limit=limit, below=LOW)


def finish(engine: Engine, job: ClaimedJob[Job], owner: str = "me") -> ClaimedJob[Job] | None:
    with database.writing(engine) as connection:
        return job_table.finish(connection, job, owner, now=time.time())


def test_a_job_enqueued_many_times_is_one_row_and_one_run(engine: Engine) -> None:
    for _ in range(5):
        enqueue(engine, JOB, JOB)
    (job,) = claim(engine)
    assert job.generation == 10
    assert finish(engine, job) is None
    assert claim(engine) == []


def test_what_is_enqueued_while_it_runs_is_run_once_more(engine: Engine) -> None:
    enqueue(engine, JOB)
    (job,) = claim(engine)
    enqueue(engine, evaluation(sha="a" * 40))
    assert claim(engine, "another") == [], "two run one job"
    again = finish(engine, job)
    assert again is not None
    assert again.job.args["sha"] == "a" * 40
    assert finish(engine, again) is None


def test_of_two_replicas_one_runs_a_job(engine: Engine) -> None:
    enqueue(engine, *(evaluation(number) for number in range(20)))
    mine, others = claim(engine, "me", 12), claim(engine, "other", 20)
    assert len(mine) == 12
    assert len(others) == 8
    assert not {job.key for job in mine} & {job.key for job in others}


def test_what_a_dead_replica_owned_is_run_by_another(engine: Engine) -> None:
    enqueue(engine, JOB)
    claim(engine, "dead")
    with database.writing(engine) as connection:
        assert takeover.owners(connection) == {"dead"}
        assert job_table.release(connection, "dead") == 1
    (job,) = claim(engine)
    assert finish(engine, job, "dead") is None
    assert finish(engine, job) is None
    with database.writing(engine) as connection:
        assert job_table.overview(connection, "").open == 0


def postpone(engine: Engine, job: ClaimedJob[Job], until: float, owner: str = "me") -> None:
    with database.writing(engine) as connection:
        job_table.postpone(connection, job, owner, until=until, error="it")


def test_no_event_brings_a_failed_job_back_early(engine: Engine) -> None:
    """Otherwise events would cause a storm of calls while GitHub is down, each restarting the backoff."""
    enqueue(engine, JOB, now=1000.0)
    (job,) = claim(engine, now=1001.0)
    postpone(engine, job, 1010.0)
    for now in (1002.0, 1003.0, 1009.0):
        (row,) = enqueue(engine, JOB, now=now, claim_for="me")
        assert row.owner is None
    assert claim(engine, now=1009.9) == []
    (again,) = claim(engine, now=1010.0)
    assert again.attempts == 1, "the events started the backoff again"
    assert finish(engine, again) is None
    (row,) = enqueue(engine, JOB, claim_for="me")
    assert row.owner == "me"


def test_a_request_for_a_new_check_is_not_lost_to_a_later_event(engine: Engine) -> None:
    """GitHub shows a re-requested check as queued until it is written, even if its content is unchanged."""
    enqueue(engine, evaluation(force=True))
    enqueue(engine, evaluation(sha="a" * 40))
    (job,) = claim(engine)
    assert job.job.args == {"repo": "acme/shop", "number": 42, "installation": 1, "likely": True, "force": True,
                            "sha": "a" * 40}  # fmt: skip
    finish(engine, job)
    enqueue(engine, JOB)
    (job,) = claim(engine)
    assert "force" not in job.job.args


def test_a_row_of_another_version_stops_nothing(engine: Engine) -> None:
    enqueue(engine, JOB, evaluation(7), evaluation(8))
    with database.writing(engine) as connection:
        newer = database.jobs.update()
        connection.execute(newer.where(database.jobs.c.key == evaluation(7).key).values(kind="from-the-future"))
        connection.execute(newer.where(database.jobs.c.key == evaluation(8).key).values(args='{"number": 8}'))
    assert [job.key for job in claim(engine)] == [JOB.key]


def test_a_hold_of_an_older_version_continues() -> None:
    """A row of an older version counts the reports without naming their deployments."""
    stored = '{"repo":"acme/shop","run_id":9,"environment":"production","sha":"a","reported":"words","reports":3}'
    job = load(JobKind.PROTECTION.value, stored)
    assert isinstance(job, AnswerProtection)
    assert job.reports_made == ()


def test_a_failed_attempt_says_whether_github_refused_it(engine: Engine) -> None:
    enqueue(engine, JOB)
    for refused in (True, False):
        (job,) = claim(engine)
        with database.writing(engine) as connection:
            job_table.postpone(connection, job, "me", until=time.time(), error="no", refused=refused)
        (again,) = claim(engine)
        assert (again.error, again.refused) == ("no", refused)
        with database.writing(engine) as connection:
            job_table.release(connection, "me")


def crash(engine: Engine, owner: str = "me") -> None:
    with database.writing(engine) as connection:
        takeover.release_dead(connection, owner, now=time.time(), set_aside_for=3600.0)


def test_a_job_that_ended_the_process_three_times_is_set_aside(engine: Engine) -> None:
    """Other jobs that were only claimed at that moment are kept."""
    enqueue(engine, JOB, evaluation(7))
    for crashes in range(3):
        claimed = {job.key: job for job in claim(engine)}
        assert {job.crashes for job in claimed.values()} <= {0, 1, crashes}
        if crashes:
            with database.writing(engine) as connection:
                job_table.started(connection, JOB.key, "me")
        crash(engine)
    (innocent,) = claim(engine)
    assert innocent.key == evaluation(7).key
    enqueue(engine, JOB)
    assert claim(engine) == [], "an event ran it again"
    with database.writing(engine) as connection:
        counts = job_table.overview(connection, "")
        assert (counts.open, counts.set_aside) == (2, 1)
        job_table.shift(connection, -3601.0)
    assert JOB.key in {job.key for job in claim(engine)}, "it never gets another try"


def test_low_priority_jobs_are_claimed_separately(engine: Engine) -> None:
    lives = [ReconcileLife(repo="acme/shop", number=number) for number in range(30)]
    rows = enqueue(engine, *lives, JOB, claim_for="me")
    assert [row.claimed.key for row in rows if row.owner == "me"] == [JOB.key]
    assert claim(engine, limit=40) == []
    with database.writing(engine) as connection:
        assert len(job_table.claim(connection, "me", now=time.time(), limit=2, least=LOW, below=LOWEST)) == 2


def test_a_delayed_job_runs_when_due_or_on_an_event(engine: Engine) -> None:
    clock = ReconcileLife(repo="acme/shop", number=1, due_at=time.time() + 3600)
    enqueue(engine, clock)
    with database.writing(engine) as connection:
        assert job_table.claim(connection, "me", now=time.time(), limit=2, least=LOW, below=LOWEST) == []
        assert job_table.open_jobs(connection, JobKind.LIFE, "acme/shop") == [replace(clock, due_at=None)]
        assert job_table.open_jobs(connection, JobKind.LIFE, "acme/sho") == []
    enqueue(engine, ReconcileLife(repo="acme/shop", number=1, labels=("incident",)))
    with database.writing(engine) as connection:
        (job,) = job_table.claim(connection, "me", now=time.time(), limit=2, least=LOW, below=LOWEST)
    assert job.job == ReconcileLife(repo="acme/shop", number=1, labels=("incident",))


@pytest.mark.parametrize("claims", ["at once", "later"])
def test_a_delayed_job_requested_during_its_run_stays_delayed(engine: Engine, claims: str) -> None:
    """Otherwise a bot that acts before a run has ended would cause the next one immediately."""
    enqueued = enqueue(engine, JOB, claim_for="me" if claims == "at once" else None)
    (job,) = claim(engine) if claims == "later" else [row.claimed for row in enqueued]
    due_at = time.time() + 3600
    enqueue(engine, evaluation(due_at=due_at), claim_for="me")
    assert finish(engine, job) is None
    assert claim(engine) == []
    (job,) = claim(engine, now=due_at)
    assert finish(engine, job) is None


def test_a_person_during_a_run_is_served_right_after_it(engine: Engine) -> None:
    """Also if bots follow."""
    enqueue(engine, JOB)
    (job,) = claim(engine)
    bots = evaluation(delay=3600.0)
    enqueue(engine, bots, claim_for="me")
    enqueue(engine, JOB, claim_for="me")
    enqueue(engine, bots, claim_for="me")
    again = finish(engine, job)
    assert again is not None
    enqueue(engine, bots, claim_for="me")
    assert finish(engine, again) is None
    assert claim(engine) == []


@pytest.mark.parametrize("crash", [False, True])
def test_an_interrupted_run_is_repeated_without_delay(engine: Engine, crash: bool) -> None:
    """Also if a delayed one was requested meanwhile."""
    enqueue(engine, JOB)
    claim(engine)
    enqueue(engine, evaluation(delay=3600.0), claim_for="me")
    with database.writing(engine) as connection:
        if crash:
            takeover.release_dead(connection, "me", now=time.time(), set_aside_for=3600.0)
        else:
            job_table.release(connection, "me")
    assert [job.key for job in claim(engine)] == [JOB.key]


def test_the_earliest_time_that_a_job_is_enqueued_for_wins(engine: Engine) -> None:
    later = evaluation(delay=100, priority=SWEPT)
    enqueue(engine, later)
    assert claim(engine) == []
    enqueue(engine, JOB)
    enqueue(engine, later)
    (job,) = claim(engine)
    assert job.priority == 1


def test_the_most_urgent_goes_first(engine: Engine) -> None:
    enqueue(engine, DeleteOldRows(priority=6), evaluation(1, "a/b", priority=SWEPT), JOB)
    assert [job.job.kind for job in claim(engine, limit=1)] == [JobKind.EVALUATE]
    assert [job.key for job in claim(engine, limit=1)] == ["evaluate:a/b#1"]


def test_a_clock_that_was_set_back_delays_nothing(engine: Engine) -> None:
    enqueue(engine, JOB, now=time.time() + 3600)
    assert claim(engine) == []
    with database.writing(engine) as connection:
        job_table.shift(connection, -3600)
    assert len(claim(engine)) == 1


def test_a_clock_set_back_between_starts_delays_nothing(engine: Engine) -> None:
    day = 86400.0
    enqueue(engine, JOB, now=time.time() + day)
    other = evaluation(2)
    enqueue(engine, other, now=time.time() + day - 10)
    with database.writing(engine) as connection:
        takeover.recover(connection, now=time.time(), alone=True, set_aside_for=3600.0)
        takeover.recover(connection, now=time.time(), alone=True, set_aside_for=3600.0)
    assert {job.key for job in claim(engine)} == {JOB.key, other.key}
