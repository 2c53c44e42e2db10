"""Faults that the simulated GitHub produces on request."""

from __future__ import annotations

import threading
import time

import pytest

from tests.github import Acme, round_trips


def test_a_status_is_answered_as_often_as_asked(acme: Acme) -> None:
    fault = acme.github.faults.add("/repos/*/pulls*", method="GET", status=502, count=2, after=1)
    get = [acme.dev.rest("GET", f"{acme.shop.path}/pulls").status for _ in range(5)]
    assert get == [200, 502, 502, 200, 200]
    assert fault.hits == 2


def test_a_secondary_limit_looks_like_githubs(acme: Acme) -> None:
    fault = acme.github.faults.add(status=403, retry_after=1, body="secondary", actor="installation")
    token = acme.installation.token()
    answer = acme.github.rest("GET", acme.shop.path, token)
    assert (answer.status, answer.headers["retry-after"]) == (403, "1")
    assert "secondary rate limit" in answer.data["message"]
    assert acme.dev.rest("GET", acme.shop.path).ok
    fault.remove()
    assert acme.github.rest("GET", acme.shop.path, token).ok


def test_a_connection_is_really_cut(acme: Acme) -> None:
    """It is cut before the answer, after it, and in the middle."""
    path, body = f"{acme.shop.path}/issues", {"title": "x"}
    for cut, done in (("before", 0), ("after", 1), ("middle", 2)):
        acme.github.faults.add("*/issues", method="POST", cut=cut, count=1)
        with pytest.raises(ConnectionError):
            acme.dev.rest("POST", path, body)
        assert len(acme.shop.issues()) == done
    assert acme.dev.rest("POST", path, body).ok


def test_a_rate_of_faults_is_drawn_by_a_seed(acme: Acme) -> None:
    def draw() -> list[int]:
        acme.github.faults.clear()
        acme.github.faults.seed(3)
        acme.github.faults.add(status=500, rate=0.5)
        return [acme.dev.rest("GET", "/user").status for _ in range(20)]

    first = draw()
    assert first == draw()
    assert set(first) == {200, 500}


def test_an_outage_ends(acme: Acme) -> None:
    acme.github.outage = True
    with pytest.raises(ConnectionError):
        acme.dev.rest("POST", "/graphql", {"query": "{viewer{login}}"})
    acme.github.outage = 503
    assert acme.dev.rest("GET", "/user").status == 503
    acme.github.outage = False
    assert acme.dev.rest("GET", "/user").ok


def test_after_a_push_reads_may_lag(acme: Acme) -> None:
    pull = acme.hotfix()
    old = pull.head_sha
    acme.github.stale(acme.shop, reads=3)
    new = acme.shop.commit("hotfix/cart", {"x": "1"}, author=acme.dev)
    assert acme.dev.must("GET", pull.path)["head"]["sha"] == old
    assert acme.dev.rest("GET", f"{acme.shop.path}/commits/{new}").status == 422
    assert acme.dev.rest("GET", f"{acme.shop.path}/compare/v1.2.3...{new}").status == 404
    assert acme.dev.must("GET", pull.path)["head"]["sha"] == new
    assert acme.dev.rest("GET", f"{acme.shop.path}/compare/v1.2.3...{new}").ok


def test_calls_are_counted_with_their_overlap(acme: Acme) -> None:
    acme.github.latency = 0.05
    assert acme.github.latency == 0.05
    held = acme.github.faults.add("/user", hold=True)
    acme.github.forget()
    threads = [threading.Thread(target=acme.dev.rest, args=("GET", "/user")) for _ in range(3)]
    for thread in threads:
        thread.start()
    held.wait_for_held(3)
    assert [call.status for call in acme.github.calls_of("user")] == [0, 0, 0]
    held.remove()
    for thread in threads:
        thread.join()
    assert (held.hits, held.held) == (3, 0)
    acme.dev.rest("GET", "/repos/acme/shop")
    calls = acme.github.calls_of("user")
    assert [c.operation for c in calls] == ["GET /user"] * 3 + ["GET /repos/{owner}/{repo}"]
    assert round_trips(calls) == 2
    assert all(c.end - c.start >= 0.05 for c in calls)


def test_a_slow_answer_is_late(acme: Acme) -> None:
    acme.github.faults.add("/user", delay=0.1, count=1)
    began = time.monotonic()
    assert acme.dev.rest("GET", "/user").ok
    assert time.monotonic() - began >= 0.1


def test_github_has_its_own_clock(acme: Acme) -> None:
    before = acme.github.clock.now()
    acme.github.clock.advance(86_400)
    issue = acme.dev.open_issue(acme.shop, "Tomorrow")
    assert issue["created_at"] > before.isoformat()
    acme.github.clock.set(before)
    assert acme.dev.open_issue(acme.shop, "Today")["created_at"] < issue["created_at"]
