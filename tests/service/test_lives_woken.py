"""Which incidents an event makes the service read, and which it leaves alone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.queue import job_table
from app.queue.jobs import ReconcileLife
from app.tasks import life_memory
from app.tasks.life_memory import LifeMemory
from tests.github import Repo
from tests.github.acme import FIX, GOOD_MESSAGE, TAG
from tests.service.conftest import House, concludes
from tests.service.running import Service, eventually
from tests.service.test_life import fix, shows

FIRST, SECOND, THIRD = "a" * 40, "b" * 40, "c" * 40


def lives_read(house: House, shop: Repo) -> int:
    """How often the service read the life of anything in this repository."""
    found = 0
    for call in house.github.calls_of("installation"):
        request: Any = call.request
        if isinstance(request, dict) and str(request.get("query", "")).lstrip().startswith("query Life("):
            found += request["variables"]["name"] == shop.name
    return found


def test_a_pull_request_without_an_incident_reads_lives_once(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    eventually(service.idle, "the jobs to end")
    assert lives_read(house, shop) == 1, "is what it fixes an incident?"
    for turn in range(3):
        changed = FIX | {"src/cart.py": f"{FIX['src/cart.py']}# {turn}\n"}
        shop.commit("hotfix/cart", changed, message=GOOD_MESSAGE, author=house.dev, parents=[shop.tags()[TAG]])
        concludes(pull, with_="action_required")
        eventually(service.idle, "the jobs to end")
    assert lives_read(house, shop) == 1


def test_an_issue_that_becomes_an_incident_is_read_again(house: House, service: Service) -> None:
    shop = house.shop()
    issue = house.dev.report(shop, "Checkout fails", "Every order fails.", labels=())
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    eventually(service.idle, "the jobs to end")
    house.commander.comment(issue, "/hotfix declare P0")
    shows(issue, "**P0 (critical)**", "stage **reviewing**")
    shop.commit("hotfix/cart", {"src/cart.py": None}, message="oops", author=house.dev)
    shows(issue, "stage **fixing**")


def test_an_ordinary_issue_is_believed_until_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event enqueues the issue's job, here or in another replica: its generation grows."""
    memory, key = LifeMemory(), "life:acme/shop#7"
    assert not memory.is_ordinary(key, 3, "incident")
    memory.not_an_incident(key, 3, "incident")
    assert memory.is_ordinary(key, 3, "incident")
    assert not memory.is_ordinary(key, 4, "incident")
    assert not memory.is_ordinary(key, None, "incident"), "the job is open"
    assert not memory.is_ordinary(key, 3, "outage"), "the policy names another label now"
    later = time.monotonic() + life_memory.BELIEVED_FOR
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not memory.is_ordinary(key, 3, "incident"), "the event may be lost"


def test_a_served_job_has_its_generation(engine: Any) -> None:
    life = ReconcileLife(repo="acme/shop", number=7)
    with engine.begin() as connection:
        assert job_table.served(connection, life.key) is None
        job_table.enqueue(connection, [(life, "guid")], now=1.0, claim_for=None)
        assert job_table.served(connection, life.key) is None
        (claimed,) = job_table.claim(connection, "me", now=2.0, limit=1, low=True)
        job_table.finish(connection, claimed, "me", now=3.0)
        assert job_table.served(connection, life.key) == claimed.generation == 1


def test_a_push_moves_what_its_old_and_new_tips_fix() -> None:
    memory = LifeMemory()
    seven, eight = frozenset({7}), frozenset({8})
    assert memory.moved("acme/shop", "hotfix/cart", "0" * 40, FIRST, seven) == seven, "the branch is new"
    assert memory.moved("acme/shop", "hotfix/cart", FIRST, SECOND, eight) == seven | eight
    assert memory.moved("acme/shop", "hotfix/other", FIRST, SECOND, eight) is None
    assert memory.moved("acme/shop", "hotfix/cart", FIRST, THIRD, eight) is None, "pushes were missed"
    assert memory.moved("acme/shop", "hotfix/cart", THIRD, "0" * 40, frozenset()) == eight, "it was deleted"
