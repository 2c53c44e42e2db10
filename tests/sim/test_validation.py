"""Every exchange is validated against what GitHub publishes."""

from __future__ import annotations

import json

import pytest

from tests.github import Acme
from tests.github.examples import all_payloads, payloads
from tests.github.schemas import data
from tests.github.schemas.build_openapi import shape
from tests.github.server.routing import ROUTER
from tests.github.server.validate import BEYOND, Validator
from tests.github.waivers import WAIVERS


def test_every_route_is_one_of_githubs() -> None:
    described = data("rest.json")["operations"]
    ours = {f"{route.method} {shape(route.template)}" for route in ROUTER.all()}
    assert ours - described.keys() == BEYOND
    assert described.keys() <= ours


@pytest.mark.parametrize(
    ("method", "path", "body", "wrong"),
    [
        ("POST", "/issues", {"titel": "x", "title": "y"}, "/titel: is not a field"),
        ("POST", "/issues", {"title": ["x"]}, "/title"),
        ("GET", "/pulls?sortt=created", None, "/?sortt: is not a parameter"),
        ("POST", "/check-runs", {"name": "x", "head_sha": "y", "status": "done"}, "/status"),
        ("POST", "/issues", None, "the body is missing"),
    ],
)
def test_a_wrong_request_is_seen(acme: Acme, method: str, path: str, body: object, wrong: str) -> None:
    acme.github.rest(method, acme.shop.path + path, acme.installation.token(), body)
    found = acme.github.violations
    assert any(wrong in one for one in found), found
    with pytest.raises(AssertionError, match="break GitHub's description"):
        acme.github.check()
    acme.github.ignore_violations()
    acme.github.check()


def test_a_wrong_answer_and_a_wrong_webhook_are_seen() -> None:
    found: list[str] = []
    validator = Validator(found)
    route = next(r for r in ROUTER.all() if r.template == "/repos/{owner}/{repo}/labels/{name}" and r.method == "GET")
    validator.response(route, 200, {"name": "x"})
    validator.response(route, 299, {})
    validator.response(route, 404, {})
    validator.webhook("push", {"ref": 7})
    validator.webhook("earthquake", {"action": "felt"})
    assert len(found) >= 5
    assert any('"node_id" is a required property' in one for one in found)


def test_each_waiver_has_a_reason() -> None:
    assert all(len(waiver.reason) > 20 for waiver in WAIVERS)


def test_the_example_payloads_are_there() -> None:
    assert len(all_payloads()) == 329
    assert len({one.event for one in payloads()}) > 30
    assert {"pull_request", "check_run", "push", "merge_group"} <= {one.event for one in payloads()}
    assert json.dumps(payloads()[0].payload)
