"""The incidents that the service reads after an event, and those that it leaves alone."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app import incident_cache
from app.app_identity import AppIdentity
from app.incident_cache import IncidentCache
from app.job_context import JobContext
from app.queue import intake, job_table
from app.queue.handler_result import BranchPush, HandlerResult
from app.queue.intake import WebhookDelivery
from app.queue.job_table import LOWEST
from app.queue.jobs import LOW, EvaluateRepo, JobKind, ReconcileLife
from app.queue.locks import Locks
from app.storage.database import writing
from hotfix.github.read.caches import KnownPolicy
from hotfix.github.transport.github_app import GitHubApp
from hotfix.policy import Policy
from tests.github import Repo
from tests.github.acme import FIX, GOOD_MESSAGE, TAG
from tests.service.conftest import House, concludes
from tests.service.life.test_life import fix, incident, shows
from tests.service.running import Service, eventually

NOWHERE, FIRST, SECOND, THIRD = "0" * 40, "a" * 40, "b" * 40, "c" * 40


def lives_read(house: House, shop: Repo) -> int:
    """Return how often the service queried the life of an issue or pull request in this repository."""
    found = 0
    for call in house.github.calls_of("installation"):
        request: Any = call.request
        if isinstance(request, dict) and str(request.get("query", "")).lstrip().startswith("query Life("):
            found += request["variables"]["name"] == shop.name
    return found


def test_pushes_do_not_read_an_ordinary_issue_again(house: House, service: Service) -> None:
    """It is read once. Only the evaluation after `labeled` may end before that read does, and then cause another."""
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    service.settle(house.github)
    first = lives_read(house, shop)
    assert first in (1, 2), "is what it fixes an incident?"
    for turn in range(3):
        changed = FIX | {"src/cart.py": f"{FIX['src/cart.py']}# {turn}\n"}
        shop.commit("hotfix/cart", changed, message=GOOD_MESSAGE, author=house.dev, parents=[shop.tags()[TAG]])
        concludes(pull, with_="action_required")
        service.settle(house.github)
    assert lives_read(house, shop) == first


def test_a_changed_severity_shows_on_the_pull_request(house: House, service: Service) -> None:
    """No event of the pull request announces it: the App evaluates it once the incident has another label."""
    shop = house.shop()
    issue = incident(house, shop)
    pull = fix(house, shop, issue)

    def summary() -> str:
        check = pull.check("hotfix")
        return str(check["output"]["summary"]) if check else ""

    concludes(pull, with_="action_required")
    service.settle(house.github)
    assert "although" not in summary()
    house.commander.comment(issue, "/hotfix severity P1 only a few orders fail")
    eventually(lambda: f"although incident #{issue.number} says P1" in summary(), "the check to name the severity")


@pytest.mark.parametrize("status", [503, 422])
def test_a_failed_write_hides_no_changed_severity(house: House, service: Service, status: int) -> None:
    """The label is written before the status comment, whose failure ends the run that changed the label."""
    shop = house.shop()
    issue = incident(house, shop)
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    service.settle(house.github)
    failing = house.github.faults.add(
        f"{shop.path}/issues/comments/*", "PATCH", status=status, body={}, actor="installation", count=1
    )
    house.commander.comment(issue, "/hotfix severity P1 only a few orders fail")
    eventually(
        lambda: f"although incident #{issue.number} says P1" in str((pull.check("hotfix") or {}).get("output")),
        "the check to name the severity",
    )
    assert failing.hits == 1


def test_an_issue_that_becomes_an_incident_is_read_again(house: House, service: Service) -> None:
    shop = house.shop()
    issue = house.dev.report(shop, "Checkout fails", "Every order fails.", labels=())
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    service.settle(house.github)
    house.commander.comment(issue, "/hotfix declare P0")
    shows(issue, "**P0 (critical)**", "stage **reviewing**")
    shop.commit("hotfix/cart", {"src/cart.py": None}, message="oops", author=house.dev)
    shows(issue, "stage **fixing**")


def test_an_ordinary_issue_is_cached_until_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event enqueues the issue's job, on this or another replica, which increments its generation."""
    memory, key = IncidentCache(), "life:acme/shop#7"
    assert not memory.is_ordinary(key, 3, "incident")
    memory.not_an_incident(key, 3, "incident")
    assert memory.is_ordinary(key, 3, "incident")
    assert not memory.is_ordinary(key, 4, "incident")
    assert not memory.is_ordinary(key, None, "incident"), "the job is open"
    assert not memory.is_ordinary(key, 3, "outage"), "the policy names another label now"
    later = time.monotonic() + incident_cache.ORDINARY_FOR
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not memory.is_ordinary(key, 3, "incident"), "the event may be lost"


def test_a_served_job_has_its_generation(engine: Any) -> None:
    life = ReconcileLife(repo="acme/shop", number=7)
    with writing(engine) as connection:
        assert job_table.served(connection, life.key) is None
        job_table.enqueue(connection, [(life, "guid")], now=1.0, claim_for=None)
        assert job_table.served(connection, life.key) is None
        (claimed,) = job_table.claim(connection, "me", now=2.0, limit=1, least=LOW, below=LOWEST)
        job_table.finish(connection, claimed, "me", now=3.0)
        assert job_table.served(connection, life.key) == claimed.generation == 1


def pushed(before: str, tip: str, *fixes: int, branch: str = "hotfix/cart") -> BranchPush:
    return BranchPush(branch=branch, before=before, tip=tip, fixes=frozenset(fixes))


def test_a_push_moves_what_its_old_and_new_tips_fix() -> None:
    memory = IncidentCache()
    assert memory.moved("acme/shop", pushed(NOWHERE, FIRST, 7)) == frozenset({7}), "the branch is new"
    assert memory.moved("acme/shop", pushed(FIRST, SECOND, 8)) == frozenset({7, 8})
    assert memory.moved("acme/shop", pushed(FIRST, SECOND, 8, branch="hotfix/other")) is None
    assert memory.moved("acme/shop", pushed(FIRST, THIRD, 8)) is None, "pushes were missed"
    assert memory.moved("acme/shop", pushed(THIRD, NOWHERE)) == frozenset({8}), "it was deleted"


def test_a_push_evaluates_what_its_branch_affects(house: House, engine: Engine) -> None:
    context = JobContext(
        github=GitHubApp(house.app.id, house.app.private_key, house.github.api_url), engine=engine,
        lock=Locks(engine), me=AppIdentity(house.app.id),
    )  # fmt: skip

    def asked(branch: str) -> HandlerResult:
        job = EvaluateRepo(repo="acme/shop", branch=branch)
        push = pushed(NOWHERE, FIRST, 7, branch=branch)
        return context.narrowed(HandlerResult(repo="acme/shop", jobs=(job,), wakes_lives=True, push=push))

    assert asked("feature/x").jobs, "the policy is not known"
    context.caches.policies.put(
        "acme/shop", KnownPolicy(blob="", policy=Policy(), error=None, source="", default_branch="main")
    )
    assert asked("main").jobs
    assert asked("main").only_lives is None, "every life of the repository"
    assert (asked("hotfix/cart").jobs, asked("hotfix/cart").only_lives) == ((), frozenset({7}))
    assert (asked("feature/x").jobs, asked("feature/x").only_lives) == ((), frozenset())
    assert not asked("feature/x").nothing, "it is recorded, and answered as ever"


def test_only_the_lives_that_a_push_can_move_are_enqueued(engine: Engine) -> None:
    lives = [ReconcileLife(repo="acme/shop", number=number, due_at=time.time() + 3600) for number in (7, 8)]
    with writing(engine) as connection:
        job_table.enqueue(connection, [(life, "guid") for life in lives], now=time.time(), claim_for=None)
        result = HandlerResult(repo="acme/shop", wakes_lives=True, only_lives=frozenset({7, 9}))
        delivery = WebhookDelivery(guid="a", event="push", action="", result=result)
        _, rows = intake.record(connection, [delivery], None, frozenset(JobKind))
    assert [row.claimed.key for row in rows] == ["life:acme/shop#7"]
    assert rows[0].due_at <= time.time()
