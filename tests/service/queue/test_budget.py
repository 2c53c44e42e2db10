"""Sweeps never use the calls that verdicts need, and evaluations of stale verdicts never wait behind sweeps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.engine import make_url

from app.app_identity import AppIdentity
from app.job_context import JobContext
from app.queue import job_table
from app.queue.budget import KEPT, LIMIT, Budgets
from app.queue.job_table import ClaimedJob
from app.queue.jobs import STALE, SWEPT, EvaluateOwner, EvaluatePull, EvaluateRepo, Job
from app.queue.service_instance import new_name
from app.storage import database, pulls
from app.storage.pulls import Head
from app.tasks import evaluate_pulls, evaluate_repos, sweeps
from hotfix import verdict as verdicts
from hotfix.finding import Finding, Status
from hotfix.github.evaluation import EvaluationOutcome, PublishResult
from hotfix.github.read.pull.pull_facts import PullReading
from hotfix.github.read.pull.pull_search import PullRef
from hotfix.github.transport.github_app import GitHubApp
from hotfix.rules.base import Level
from hotfix.verdict import Conclusion, RuleResult, Verdict
from tests.service.web.test_settings import pem


@pytest.fixture
def context(tmp_path: Path) -> Iterator[JobContext]:
    engine = database.open_engine(make_url(f"sqlite:///{tmp_path}/hotfix.db"))
    database.migrate(engine)
    github = GitHubApp(1, pem(), "http://127.0.0.1:9")
    yield JobContext(github=github, engine=engine, lock=lambda *_: nullcontext(), me=AppIdentity(1))
    github.close()
    engine.dispose()


def open_hotfixes(context: JobContext, count: int) -> None:
    with database.writing(context.engine) as connection:
        for number in range(count):
            head = Head(repo="acme/shop", number=number, installation=3, sha=f"{number:040x}", since=1.0, open=True)
            pulls.record_heads(connection, [head])
        connection.execute(database.pulls.update().values(kind="hotfix"))


def claimed(job: Job, **more: Any) -> ClaimedJob[Any]:
    return ClaimedJob(
        key=job.key, job=job, priority=more.pop("priority", job.urgency), generation=1, cause="test", wanted_at=0.0,
        attempts=more.pop("attempts", 0), **more,
    )  # fmt: skip


REPO = EvaluateRepo(repo="acme/shop", installation=3)


def test_many_hotfixes_are_evaluated_within_the_limit() -> None:
    """A few are evaluated within seconds; hundreds are spread over up to two hours."""
    assert max(Budgets().spread(1, 10)) < 10
    delays = Budgets().spread(1, 500)
    within_an_hour = [delay for delay in delays if delay < 3600]
    assert len(within_an_hour) * 4 <= LIMIT - KEPT
    assert len(delays) == 500
    assert delays == sorted(delays)
    assert max(delays) < 2 * 3600


def test_sweeps_slow_down_and_stop_with_the_budget() -> None:
    rich, poor, empty = Budgets(), Budgets(), Budgets()
    poor.record_left(1, KEPT + 200)
    empty.record_left(1, KEPT)
    assert max(poor.spread(1, 100)) > 5 * max(rich.spread(1, 100))
    assert min(empty.spread(1, 5)) >= 3000
    assert empty.is_low(1)
    assert not empty.is_low(2)


def test_other_installations_are_not_delayed() -> None:
    budgets = Budgets()
    budgets.spread(1, 500)
    assert max(budgets.spread(2, 10)) < 10


def test_what_became_stale_is_evaluated_at_once() -> None:
    """The budget that sweeps have used makes no difference."""
    budgets = Budgets()
    budgets.spread(1, 2000)
    assert max(budgets.at_once(1, 100)) == 0.0
    assert max(budgets.at_once(1, 1000)) > 60.0, "the hourly limit is not kept"
    assert max(budgets.spread(2, 10)) < 10


def test_a_moved_tag_with_500_open_hotfixes_is_work_once(context: JobContext) -> None:
    open_hotfixes(context, 500)
    result = evaluate_repos.evaluate_repo(context, claimed(REPO))
    assert len(result.jobs) == 500
    assert {one.urgency for one in result.jobs} == {STALE}, "a verdict on what changed itself comes first"
    with database.writing(context.engine) as connection:
        job_table.enqueue(connection, [(one, "guid") for one in result.jobs], now=0.0, claim_for=None)
        running = job_table.claim(connection, new_name(), now=1.0, limit=3)
    again = evaluate_repos.evaluate_repo(context, claimed(REPO))
    assert {one.key for one in again.jobs} == {one.key for one in running}


def test_an_event_brings_forward_what_a_sweep_enqueued(context: JobContext) -> None:
    open_hotfixes(context, 2)
    swept = [
        EvaluatePull(repo="acme/shop", number=number, likely=True, priority=SWEPT, delay=900.0) for number in (0, 1)
    ]
    with database.writing(context.engine) as connection:
        job_table.enqueue(connection, [(one, "sweep") for one in swept], now=time.time(), claim_for=None)
    result = evaluate_repos.evaluate_repo(context, claimed(REPO))
    assert [(one.key, one.delay) for one in result.jobs] == [(one.key, 0.0) for one in swept]


def test_an_event_brings_forward_what_bots_slowed_down(context: JobContext) -> None:
    """A bot that labels without end does not delay the verdict that a new production tag made stale."""
    open_hotfixes(context, 1)
    paced = EvaluatePull(repo="acme/shop", number=0, likely=True, due_at=time.time() + 60.0)
    with database.writing(context.engine) as connection:
        job_table.enqueue(connection, [(paced, "guid")], now=time.time(), claim_for=None)
    result = evaluate_repos.evaluate_repo(context, claimed(REPO))
    assert [(one.key, one.delay) for one in result.jobs] == [(paced.key, 0.0)]


@pytest.mark.parametrize(("retry", "why"), [(True, "passing"), (False, "lasting")])
def test_only_an_unknown_verdict_for_a_passing_reason_is_retried(retry: bool, why: str) -> None:
    unknown = RuleResult(rule="review", level=Level.BLOCK, finding=Finding(status=Status.UNKNOWN, message=why))
    verdict = Verdict(
        kind=verdicts.VerdictKind.HOTFIX,
        conclusion=Conclusion.UNKNOWN,
        head_sha="1" * 40,
        at=datetime.now(UTC),
        findings=(unknown,),
        retry=retry,
    )
    read = cast(PullReading, None)  # not read here
    outcome = EvaluationOutcome(
        verdict=verdict, published=PublishResult.CREATED, calls=4, round_trips=2, rate_left=4000, read=read
    )
    job = EvaluatePull(repo="acme/shop", number=1, likely=True)
    assert bool(evaluate_pulls.reason_to_retry(claimed(job), outcome)) == retry
    assert not evaluate_pulls.reason_to_retry(claimed(job, priority=SWEPT), outcome), "the next sweep is soon enough"
    assert not evaluate_pulls.reason_to_retry(claimed(job, attempts=10), outcome), "the sweeps take over"


@pytest.mark.parametrize("lasting", [True, False])
def test_a_sweep_leaves_a_verdict_that_lasts(context: JobContext, lasting: bool) -> None:
    known = pulls.KnownPullRow(
        repo="acme/shop", number=1, installation=3, head_sha="1" * 40, head_since=0, seen_at=0, open=True,
        kind="hotfix", evaluated_sha="1" * 40, conclusion="unknown", evaluated_at=time.time(), lasting=lasting,
    )  # fmt: skip
    ref = PullRef(number=1, head_sha="1" * 40, check="in_progress", kind=verdicts.VerdictKind.HOTFIX)
    assert sweeps.is_stale(ref, known) != lasting
    assert sweeps.is_stale(replace(ref, head_sha="2" * 40), known)


def test_a_long_lived_branch_concerns_hotfixes(context: JobContext) -> None:
    """The policy defines the long-lived branches."""
    from hotfix.github.read.caches import KnownPolicy
    from hotfix.policy import Policy

    open_hotfixes(context, 1)
    known = KnownPolicy(blob="", policy=Policy(), error=None, source="defaults", default_branch="main")
    context.caches.policies.put("acme/shop", known)

    def fans_out(**args: Any) -> bool:
        return bool(evaluate_repos.evaluate_repo(context, claimed(replace(REPO, **args))).jobs)

    assert fans_out(branch="main")
    assert not fans_out(branch="feature/x")
    assert fans_out(environment="production")
    assert not fans_out(environment="staging")
    assert not evaluate_repos.evaluate_owner(context, claimed(EvaluateOwner(owner="other"))).jobs
    assert evaluate_repos.evaluate_owner(context, claimed(EvaluateOwner(owner="acme"))).jobs
