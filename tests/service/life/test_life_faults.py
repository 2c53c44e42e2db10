"""Guarantees for an incident when something fails: nothing is created twice, nothing is lost."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy.engine import URL

from tests.github import Issue, Pull, Repo
from tests.github.acme import POLICY, TAG
from tests.service.conftest import House
from tests.service.life.test_life import fix, incident, posts, shows, status
from tests.service.running import Service, eventually

WATCH = """\
watch: {{health: "{url}"}}
clocks: {{poll: [1s, 1s], watch: [1h, 2h]}}
"""
"""A policy with a watch that doesn't end during a test, however slow the machine."""


class Health:
    """A loopback server that answers with the status that a test sets."""

    def __init__(self) -> None:
        self.code = 200
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/health"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def health() -> Iterator[Health]:
    running = Health()
    yield running
    running.server.shutdown()
    running.server.server_close()


def in_production(house: House, shop: Repo) -> tuple[Issue, Pull]:
    """Open an incident whose fix runs in production."""
    house.dev.deploy(shop, TAG, "production", "success")
    issue = incident(house, shop)
    pull = fix(house, shop, issue)
    house.lead.review(pull, "APPROVE")
    house.dev.deploy(shop, pull.head_sha, "production", "success")
    return issue, pull


def once(issue: Issue, pull: Pull) -> None:
    """Assert that each issue and comment exists exactly once."""
    eventually(lambda: len(issue.sub_issues()) == 6, "five follow-ups and a post-mortem")
    titles = Counter(one["title"].partition(":")[0] for one in issue.repo.issues())
    assert titles["Post-mortem"] == 1
    follow_ups = ("Root cause analysis", "Permanent fix", "Testing gap", "Monitoring improvement")
    assert [titles[name] for name in follow_ups] == [1, 1, 1, 1]
    eventually(lambda: posts(pull, "status -->"), "the status on the pull request")
    assert len(posts(issue, "status -->")) == len(posts(pull, "status -->")) == 1


def test_kills_at_any_moment_leave_everything_once(house: House, own_service: Callable[..., Service]) -> None:
    service, chance = own_service(), random.Random(7)
    shop = house.shop()
    issue, pull = in_production(house, shop)
    for round in range(3):
        house.dev.comment(issue, f"/hotfix note round {round}")
        time.sleep(chance.uniform(0.05, 4))
        service.kill()
        service.start()
    eventually(lambda: "round 2" in status(issue) and "stage **watching**" in status(issue), "the life to continue")
    once(issue, pull)
    answered = [c for c in issue.comments() if c["body"].startswith("/hotfix note")]
    eventually(lambda: all(issue.reactions(c) == ["hotfix[bot] +1"] for c in answered), "every command to be answered")


@pytest.mark.postgres
def test_two_replicas_make_nothing_twice(house: House, postgres: URL, own_service: Callable[..., Service]) -> None:
    url = postgres.render_as_string(hide_password=False)
    one, two = own_service(url), own_service(url)
    shop = house.shop()
    issue, pull = in_production(house, shop)
    for round in range(4):
        house.app.webhook_url = (one, two)[round % 2].webhook_url
        house.dev.comment(issue, f"/hotfix note round {round}")
    shows(issue, "stage **watching**", "round 3")
    once(issue, pull)


def test_a_failing_gate_alerts_once_and_is_hidden_when_it_passes(
    house: House, own_service: Callable[..., Service], health: Health
) -> None:
    own_service(HOTFIX_WATCH_HOSTS=f"127.0.0.1:{health.port}")
    shop = house.shop({".github/hotfix.yml": POLICY + WATCH.format(url=health.url)})
    issue, _ = in_production(house, shop)
    shows(issue, "- [x] Health checks passing")
    health.code = 500
    (alert,) = eventually(lambda: posts(issue, "gate "), "an alert")
    assert alert["body"].startswith("@commander The gate `health ")
    assert "`/hotfix rollback v1.2.3`" in alert["body"]
    shows(issue, "Failing in production", "- [ ] Health checks passing")
    health.code = 200
    eventually(lambda: "Failing in production" not in status(issue), "the gate to pass again")
    assert len(posts(issue, "gate ")) == 1


def test_the_watch_queries_no_private_address_by_default(
    house: House, own_service: Callable[..., Service], health: Health
) -> None:
    own_service()
    shop = house.shop({".github/hotfix.yml": POLICY + WATCH.format(url=health.url)})
    issue, _ = in_production(house, shop)
    (alert,) = eventually(lambda: posts(issue, "gate "), "an alert")
    assert "HOTFIX_WATCH_HOSTS" in alert["body"].replace("\\", "")
    assert health.asked == 0
