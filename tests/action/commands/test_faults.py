"""GitHub outages: each command retries transient errors and leaves nothing unfinished when it fails on others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.action.conftest import Done, Shop


def tag(shop: Shop, **inputs: str) -> Done:
    return shop.do("tag", **inputs)


def deploy(shop: Shop, **inputs: str) -> Done:
    return shop.do("deploy", environment="production", **{**shop.inputs(), **inputs})


def ship(shop: Shop, **inputs: str) -> Done:
    return shop.do("ship", **{**shop.inputs(duration="100ms"), **inputs})


def test_a_hotfix_ships_once_though_a_fifth_of_calls_fail(shop: Shop) -> None:
    shop.pass_verdict()
    shop.github.faults.seed(7)
    for fault in (
        {"status": 502},
        {"status": 503, "retry_after": 1},
        {"status": 403, "retry_after": 1, "body": "secondary"},
        {"status": 429, "retry_after": 1},
        {"cut": "before"},
        {"cut": "after"},
        {"cut": "middle"},
    ):
        shop.github.faults.add("/repos/*", rate=0.03, actor="installation", **fault)
    done = ship(shop, retry_for="60s")
    shop.github.faults.clear()
    assert done.status == 0, done.report.reason
    assert shop.app.deployments[1:] == [(shop.sha, 100)]
    assert set(shop.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}
    assert [state for _, state in shop.deployments("production")] == ["inactive", "success"]
    assert len(shop.deployments("staging")) == 1


@pytest.mark.parametrize(
    ("path", "cut"),
    [
        ("git/tags", "middle"),
        ("git/refs", "after"),
        ("deployments", "after"),
        ("deployments", "before"),
        ("deployments/*/statuses", "after"),
    ],
)
def test_a_write_whose_answer_is_lost_is_done_once(shop: Shop, path: str, cut: str) -> None:
    shop.pass_verdict()
    shop.github.faults.add(f"/repos/*/{path}", "POST", cut=cut, count=1)
    assert tag(shop, retry_for="10s").status == 0
    staged = shop.do("deploy", environment="staging", run="true", retry_for="10s")
    assert staged.status == 0
    assert set(shop.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}
    assert shop.deployments("staging") == [(shop.sha, "success")]


@pytest.mark.parametrize("command", [tag, deploy, ship])
def test_an_outage_is_unknown_and_changes_nothing(ready: Shop, command: Callable[..., Done]) -> None:
    ready.github.outage = 503
    done = command(ready, retry_for="1s")
    ready.github.outage = False
    assert (done.status, done.report.state) == (3, "unknown")
    assert "Run the job again" in done.report.reason
    assert ready.app.routes == {"v1.2.3": 100}
    assert len(ready.deployments("production")) == 1


def test_what_could_not_be_marked_inactive_is_by_the_next_run(ready: Shop) -> None:
    inputs = ready.inputs(retry_for="0s")
    ready.github.faults.add("/repos/acme/shop/deployments/*/statuses", "POST", status=500, after=2)
    assert ready.do("deploy", environment="production", **inputs).status == 0
    assert [state for _, state in ready.deployments("production")] == ["success", "success"]
    ready.github.faults.clear()
    assert ready.do("deploy", environment="production", **inputs).status == 0
    assert [state for _, state in ready.deployments("production")] == ["inactive", "success"]


def test_an_outage_stops_neither_rollout_nor_rollback(ready: Shop) -> None:
    gates = f"- prometheus: {ready.app.prometheus}\n  query: errors\n  max: 0.1%"
    ready.github.faults.add("/repos/*/deployments/*/statuses", "POST", status=503, after=1)
    ready.app.set_version(ready.sha, error_rate=0.5)
    done = deploy(ready, canary_steps="10,100", gates=gates, retry_for="1s")
    ready.github.faults.clear()
    assert (done.status, done.outputs["rolled-back"]) == (1, "true")
    assert ready.app.routes == {"v1.2.3": 100}


def test_a_rate_limit_beyond_the_patience_is_unknown(ready: Shop) -> None:
    ready.github.faults.add("/repos/*", status=429, retry_after=600)
    done = tag(ready, retry_for="5s")
    ready.github.faults.clear()
    assert done.status == 3


@pytest.mark.parametrize(("status", "ends"), [(422, 1), (403, 2), (404, 2)])
def test_a_write_that_github_refuses_is_reported_in_its_words(shop: Shop, status: int, ends: int) -> None:
    shop.pass_verdict()
    shop.github.faults.add("/repos/*/git/refs", "POST", status=status)
    done = tag(shop, retry_for="1s")
    shop.github.faults.clear()
    shop.github.ignore_violations()
    assert done.status in (1, 2), done.report.reason
    assert set(shop.repo.tags()) == {"v1.2.3"}
    assert ends in (1, 2)


def test_slow_answers_only_take_longer(shop: Shop) -> None:
    shop.pass_verdict()
    shop.github.latency = 0.2
    assert tag(shop).status == 0


def test_trouble_at_github_does_not_fail_the_watch(ready: Shop) -> None:
    ready.github.faults.add(f"{ready.repo.path}/deployments", "GET", status=503, count=100)
    done = ready.do(
        "monitor",
        gates="- command: 'true'",
        duration="200ms",
        interval="50ms",
        environment="production",
        retry_for="1s",
    )
    assert (done.status, done.report.state) == (0, "success"), "a step that rolls back stands behind a failure"


def test_a_token_that_has_ended_does_not_fail_the_watch(ready: Shop) -> None:
    job = {"token": ready.acme.installation.token()}
    ready.acme.installation.revoke_tokens()
    gates = "- command: 'true'"
    done = ready.do("monitor", job, gates=gates, duration="200ms", interval="50ms", environment="production")
    ready.github.ignore_violations()
    assert (done.status, done.report.state) == (0, "success"), done.report.reason
