"""Sweeps never take what verdicts need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.job_context import Context
from app.queue import job_table
from app.queue.budget import KEPT, LIMIT, Budgets
from app.queue.job_table import Claimed
from app.queue.jobs import SWEPT, Head, Kind
from app.queue.replica import new_name
from app.storage import database, pulls
from app.tasks import evaluate, sweeps
from app.web.handlers import AppIdentity
from hotfix import verdict as verdicts
from hotfix.finding import Finding, Status
from hotfix.github.evaluation import Outcome, Published
from hotfix.github.transport.client import GitHubApp
from hotfix.rules.base import Level
from hotfix.verdict import Conclusion, RuleResult, Verdict
from tests.service.test_settings import pem


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    engine = database.open_engine(make_url(f"sqlite:///{tmp_path}/hotfix.db"))
    database.migrate(engine)
    github = GitHubApp(1, pem(), "http://127.0.0.1:9")
    yield Context(github=github, engine=engine, lock=lambda *_: nullcontext(), me=AppIdentity(1))
    github.close()
    engine.dispose()


def open_hotfixes(context: Context, count: int) -> None:
    with context.engine.execution_options(writes=True).begin() as connection:
        for number in range(count):
            head = Head(repo="acme/shop", number=number, installation=3, sha=f"{number:040x}", since=1.0, open=True)
            pulls.saw(connection, [head])
        connection.execute(database.pulls.update().values(kind="hotfix"))


def job(kind: Kind, **args: Any) -> Claimed:
    return Claimed(key="x", kind=kind, args=args, priority=1, generation=1, attempts=0, cause="test", wanted_at=0.0)


def test_a_few_hotfixes_are_judged_at_once_and_many_within_the_limit() -> None:
    assert max(Budgets().spread(1, 10)) < 10
    delays = Budgets().spread(1, 500)
    within_an_hour = [delay for delay in delays if delay < 3600]
    assert len(within_an_hour) * 4 <= LIMIT - KEPT
    assert len(delays) == 500
    assert delays == sorted(delays)
    assert max(delays) < 2 * 3600


def test_the_less_is_left_the_slower_they_go_and_at_last_they_stop() -> None:
    rich, poor, empty = Budgets(), Budgets(), Budgets()
    poor.saw(1, KEPT + 200)
    empty.saw(1, KEPT)
    assert max(poor.spread(1, 100)) > 5 * max(rich.spread(1, 100))
    assert min(empty.spread(1, 5)) >= 3000
    assert empty.poor(1)
    assert not empty.poor(2)


def test_other_installations_do_not_wait() -> None:
    budgets = Budgets()
    budgets.spread(1, 500)
    assert max(budgets.spread(2, 10)) < 10


def test_a_moved_tag_with_500_open_hotfixes_spreads_its_work_and_moving_again_adds_none(context: Context) -> None:
    open_hotfixes(context, 500)
    done = sweeps.fan_out(context, job(Kind.FAN_OUT, repo="acme/shop"))
    assert len(done.jobs) == 500
    assert all(one.priority > 1 for one in done.jobs), "somebody's verdict comes first"
    with context.engine.execution_options(writes=True).begin() as connection:
        job_table.enqueue(connection, [(one, "guid") for one in done.jobs], now=0.0, claim_for=None)
        running = job_table.claim(connection, new_name(), now=1.0, limit=3)
    again = sweeps.fan_out(context, job(Kind.FAN_OUT, repo="acme/shop"))
    assert {one.key for one in again.jobs} == {one.key for one in running}


def test_what_a_sweep_could_not_tell_waits_for_the_next_sweep() -> None:
    untold = RuleResult(rule="review", level=Level.BLOCK, finding=Finding(status=Status.UNKNOWN, message="who knows"))
    verdict = Verdict(
        kind=verdicts.Kind.HOTFIX,
        conclusion=Conclusion.UNKNOWN,
        head_sha="1" * 40,
        at=datetime.now(UTC),
        findings=(untold,),
    )
    outcome = Outcome(verdict=verdict, published=Published.CREATED, calls=4, round_trips=2, rate_left=4000)
    asked = job(Kind.JUDGE, repo="acme/shop", number=1)
    assert [again.delay > 0 for again in evaluate.again_soon(asked, outcome)] == [True]
    assert evaluate.again_soon(replace(asked, priority=SWEPT), outcome) == ()


def test_a_branch_concerns_hotfixes_where_the_policy_calls_it_long_lived(context: Context) -> None:
    from hotfix.github.read.caches import KnownPolicy
    from hotfix.policy import Policy

    open_hotfixes(context, 1)
    known = KnownPolicy(blob="", policy=Policy(), error=None, source="defaults", default_branch="main")
    context.caches.policies.put("acme/shop", known)

    def fans_out(**args: str) -> bool:
        return bool(sweeps.fan_out(context, job(Kind.FAN_OUT, repo="acme/shop", **args)).jobs)

    assert fans_out(branch="main")
    assert not fans_out(branch="feature/x")
    assert fans_out(environment="production")
    assert not fans_out(environment="staging")
    assert not sweeps.fan_out(context, job(Kind.FAN_OUT, owner="other")).jobs
    assert sweeps.fan_out(context, job(Kind.FAN_OUT, owner="acme")).jobs
