"""The Action's decisions don't depend on any message or title that it or the service writes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.action.conftest import Shop
from tests.github.server.rewording import reworded


@pytest.fixture(autouse=True)
def rewording(shop: Shop) -> Iterator[None]:
    with shop.github.rewording():
        yield


def test_a_hotfix_ships_once_and_is_rolled_back_once(shop: Shop) -> None:
    shop.pass_verdict()
    inputs = {**shop.inputs(), "canary_steps": "10,100", "duration": "200ms"}
    first = shop.do("ship", **inputs)
    assert first.status == 0, first.report.reason
    (staging,) = shop.repo.deployments("staging")
    assert staging["statuses"][0]["description"].split()[-1] == reworded("runs")
    again = shop.do("ship", **inputs)
    assert (again.status, len(shop.repo.deployments("production"))) == (0, len(shop.deployments("staging")) + 1)
    assert again.outputs["deployment-id"] == first.outputs["deployment-id"]

    back = shop.do("rollback", **shop.inputs(environment="production"))
    assert (back.status, shop.app.routes) == (0, {"v1.2.3": 100}), back.report.reason
    recorded = shop.deployments("production")
    assert shop.do("rollback", **shop.inputs(environment="production")).status == 0
    assert shop.deployments("production") == recorded


def test_what_fails_is_rolled_back_and_can_be_tried_again(shop: Shop) -> None:
    shop.pass_verdict()
    failed = shop.do("ship", **{**shop.inputs(), "smoke": 'test "$HOTFIX_ENVIRONMENT" = staging'})
    assert (failed.status, failed.outputs["rolled-back"], shop.app.routes) == (1, "true", {"v1.2.3": 100})
    assert shop.do("ship", **{**shop.inputs(), "duration": "200ms"}).status == 0
    assert shop.app.routes == {shop.sha: 100}


def test_a_back_merge_is_opened_once(shop: Shop) -> None:
    shop.repo.branch("develop", at="v1.2.3")
    shop.pass_verdict()
    shop.repo.tag("v1.2.4-hotfix.1", at=shop.sha, message="Hotfix")
    first = shop.do("back-merge", into="develop")
    (made,) = json.loads(first.outputs["pull-requests"])
    again = shop.do("back-merge", into="develop")
    assert json.loads(again.outputs["pull-requests"]) == [made]


def test_a_verdict_that_is_not_a_pass_still_refuses(shop: Shop) -> None:
    shop.say_verdict("failure", "1 of 13 rules fails: commits")
    before = shop.deployments("production")
    refused = shop.do("deploy", environment="production", tag="v1.2.4-hotfix.1", **shop.inputs())
    assert (refused.status, refused.report.state) != (0, "success")
    shop.say_verdict("success", "not a hotfix")
    assert shop.do("deploy", environment="production", **shop.inputs()).status != 0
    assert shop.deployments("production") == before
