"""Issues that are moved, converted or not visible yet, and lists that are longer than one page of GitHub's API."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.queue.job_table import ClaimedJob
from app.queue.jobs import ReconcileLife
from app.queue.retry import FINAL_AFTER
from app.tasks.reconcile_incident import not_shown
from hotfix.github.read.caches import KnownPolicy
from hotfix.github.read.life import life_queries
from hotfix.github.read.life.life_reading import LifeReading
from hotfix.policy import Policy
from tests.github import GitHub, Issue
from tests.github.acme import Acme
from tests.github.client.http import Refused
from tests.service.conftest import House
from tests.service.life.test_life import FORM, fix, incident, posts, shows, status
from tests.service.running import Service, eventually, settings


def gone(service: Service, issue: Issue) -> list[dict[str, Any]]:
    """Return the log lines that report that this incident no longer exists."""
    lines = service.lines("incident no longer exists")
    return [line for line in lines if (line["repo"], line["number"]) == (issue.repo.full_name, issue.number)]


def writes(house: House, since: int, issue: Issue) -> list[str]:
    """Return the App's writes to an issue since this call."""
    ours = (c for c in house.github.calls[since:] if c.actor.startswith("install") and c.method != "GET")
    return [f"{c.method} {c.path}" for c in ours if c.path.startswith(issue.path)]


def test_a_converted_incident_is_left_alone(house: House, service: Service) -> None:
    """Whatever an App writes to a converted issue appears in the discussion."""
    issue = incident(house, house.shop())
    shows(issue, "stage **declared**")
    service.settle(house.github)  # the assignees are written after the status comment
    before = len(house.github.calls)
    house.dev.convert(issue)
    (line,) = eventually(lambda: gone(service, issue)[:1], "the service to notice")
    assert line["reason"] == "it was converted to a discussion"
    eventually(service.idle, "the service to be idle")
    assert writes(house, before, issue) == []
    assert not service.rows("SELECT 1 FROM snapshots WHERE repo = ? AND kind = 'incident'", issue.repo.full_name)


def test_a_transferred_incident_continues_in_its_repository(house: House, service: Service) -> None:
    old, new = house.shop(), house.shop()
    new.commit("main", {"src/first.py": "A = 1\n"}, author=house.dev)
    incident(house, new)
    incident(house, new)
    issue = incident(house, old)
    shows(issue, "stage **declared**")
    service.settle(house.github)  # the assignees are written after the status comment
    before = len(house.github.calls)
    moved = house.dev.transfer(issue, new)
    house.dev.comment(moved, "/hotfix note it is ours")
    shows(moved, "it is ours", "stage **declared**")
    assert len(posts(moved, "status -->")) == 1, "the comment moved along"
    assert writes(house, before, issue) == []


def test_an_incident_that_is_not_shown_yet_is_read_again(house: House, own_service: Callable[..., Service]) -> None:
    """GitHub sends an issue's event before all of its servers show the issue."""
    service = own_service()
    shop = house.shop()
    owner, name = shop.full_name.split("/")
    asked = {"owner": owner, "name": name, "label": "hotfix", "production": "production", "staging": "staging"}
    with pytest.raises(Refused) as refused:
        house.github.graphql(life_queries.LIFE, asked | {"number": 99})
    assert refused.value.data["data"]["repository"]["subject"] is None
    service.settle(house.github)  # so that the fault below answers a read of this incident, not a query of a sweep
    house.github.faults.add("*/graphql", status=200, body=refused.value.data, actor="installation", count=3)
    shows(incident(house, shop), "stage **declared**", skipping=house)


@pytest.mark.parametrize(
    ("event", "newest", "attempts", "shown"),
    [
        pytest.param({"comment": 8}, 7, 0, False, id="a comment that is not there yet"),
        pytest.param({"comment": 8}, 9, 0, True, id="a later comment is there"),
        pytest.param({"comment": 8}, 7, FINAL_AFTER, True, id="it was deleted"),
        pytest.param({"labels": ("Incident",)}, 7, 0, False, id="the label"),
        pytest.param({"labels": ("bug",)}, 7, 0, True, id="a label that makes no incident"),
        pytest.param({"comment": 8}, None, 0, True, id="a pull request, whose comments are read with its incident"),
    ],
)
def test_what_an_event_announced_is_read_again(
    event: dict[str, Any], newest: int | None, attempts: int, shown: bool
) -> None:
    policy = KnownPolicy(blob="", policy=Policy(), error=None, source="", default_branch="main")
    reading = LifeReading(known=policy, newest_comment=newest)
    job = ReconcileLife(repo="acme/shop", number=7, **event)
    claimed = ClaimedJob(
        key=job.key, job=job, priority=0, generation=1, cause="test", wanted_at=0.0, attempts=attempts
    )  # fmt: skip
    assert bool(not_shown(claimed, reading)) != shown


def test_a_busy_repository_hides_nothing(house: House, service: Service) -> None:
    """Neither a hundred other branches nor sixty later deployments hide the hotfix's own."""
    shop = house.shop()
    main = shop.sha("main")
    for number in range(101):
        shop.branch(f"feature/{number:03}", at=main)
    issue = incident(house, shop)
    pull = fix(house, shop, issue)
    shows(issue, "stage **reviewing**", "Branch `hotfix/cart` created")
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    shows(issue, "stage **watching**")
    house.github.clock.advance(2)
    for _ in range(60):  # as scheduled jobs with this environment do
        house.dev.deploy(shop, "main", "production", "failure")
    house.dev.comment(issue, "/hotfix note sixty later")
    shown = shows(issue, "sixty later", "stage **watching**")
    assert "- [x] Deployment successful" in shown
    assert "Could not be read" not in shown


def test_a_lost_database_forgets_no_incident(github: GitHub, tmp_path: Path) -> None:
    """Closed incidents return to pages and metrics without a write; an event must not hide others from the sweep."""
    acme = Acme(github)
    service = Service(tmp_path, settings(github, acme.app, f"sqlite:///{tmp_path}/hotfix.db")).start()
    acme.app.webhook_url = service.webhook_url
    try:
        closed, silent, spoken = (acme.dev.report(acme.shop, f"Checkout fails {n}", FORM) for n in range(3))
        for issue in (closed, silent, spoken):
            shows(issue, "stage **declared**")
        acme.commander.comment(closed, "/hotfix resolve")
        shows(closed, "stage **closed**")
        text = status(closed)
        wanted = [(closed.number, 0), (silent.number, 1), (spoken.number, 1)]
        eventually(lambda: incidents(service) == wanted, "all to be recorded")
        service.kill()
        for file in tmp_path.glob("hotfix.db*"):
            file.unlink()
        before = len(github.calls)
        service.start()
        acme.dev.comment(spoken, "/hotfix note hello")
        eventually(lambda: incidents(service) == wanted, "all to be recorded again")
        declared = {"result": "declared"}
        eventually(lambda: service.metric("hotfix_incidents_90d", **declared) == 3, "the metrics to count them again")
        eventually(lambda: clocks(service) == {silent.number, spoken.number}, "the clocks of the open ones")
        assert status(closed) == text
        ours = [c for c in github.calls[before:] if c.actor.startswith("install") and c.method in ("POST", "PATCH")]
        assert not [c for c in ours if c.path.startswith(closed.path)]
    finally:
        service.stop()
    assert "Traceback" not in service.output


def incidents(service: Service) -> list[tuple[int, int]]:
    """Return the number of every stored incident, and whether it is open."""
    query = "SELECT number, open FROM snapshots WHERE kind = 'incident' ORDER BY number"
    return [(row[0], row[1]) for row in service.rows(query)]


def clocks(service: Service) -> set[int]:
    """Return the incidents with a job that is due later."""
    query = "SELECT key FROM jobs WHERE kind = 'life' AND wanted > done AND due_at > ?"
    return {int(row[0].rpartition("#")[2]) for row in service.rows(query, time.time() + 60)}
