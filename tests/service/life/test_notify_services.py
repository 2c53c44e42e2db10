"""Statuspage, PagerDuty, and stakeholders through Apprise: from the real service to real servers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.notify.pagerduty import send
from app.notify.recipients import NotifySettings
from tests.chaos.clock import Clock
from tests.github.acme import POLICY
from tests.service.conftest import House
from tests.service.life.test_life import FORM, fix, incident, posts, shows
from tests.service.running import Service, eventually
from tests.services import pagerduty, statuspage
from tests.services.pagerduty import FakePagerDuty
from tests.services.server import LoopbackService, Request, Trouble
from tests.services.statuspage import FakeStatuspage

PAGED = "notify: {pagerduty: {service: S1, schedule: SCHED1}}\n"


def _pagerduty(pager: FakePagerDuty) -> dict[str, str]:
    return {
        "HOTFIX_PAGERDUTY_KEY": pagerduty.KEY,
        "HOTFIX_PAGERDUTY_ROUTING_KEY": pagerduty.ROUTING_KEY,
        "HOTFIX_PAGERDUTY_API_URL": pager.url,
        "HOTFIX_PAGERDUTY_EVENTS_URL": pager.url,
    }


class Hook(LoopbackService):
    """A server that receives webhooks."""

    def answer(self, request: Request) -> tuple[int, Any]:
        return 200, {}


@pytest.fixture
def page() -> Iterator[FakeStatuspage]:
    with closing(FakeStatuspage("PAGE1")) as server:
        yield server
        assert server.wrong == []


@pytest.fixture
def pager() -> Iterator[FakePagerDuty]:
    with closing(FakePagerDuty("Ada Lovelace")) as server:
        yield server
        assert server.wrong == []


def test_a_status_page_follows_the_incident(
    house: House, own_service: Callable[..., Service], page: FakeStatuspage
) -> None:
    page.troubles.append(Trouble("/incidents", status=500))
    service = own_service(HOTFIX_STATUSPAGE_KEY=statuspage.KEY, HOTFIX_STATUSPAGE_API_URL=f"{page.url}/v1")
    shop = house.shop({".github/hotfix.yml": POLICY + "notify: {status_page: {page: PAGE1, components: [c1]}}\n"})
    inside = incident(house, shop, FORM.replace("### Customer-facing\n\nyes", "### Customer-facing\n\nno"))
    shows(inside, "not customer-facing")
    issue = incident(house, shop)
    eventually(lambda: [each["status"] for each in page.incidents] == ["investigating"], "the incident on the page")
    assert page.incidents[0]["components"] == {"c1": "major_outage"}
    assert page.incidents[0]["name"] == "Problem with checkout"
    pull = fix(house, shop, issue)
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    eventually(lambda: page.incidents[0]["status"] == "monitoring", "the page to say monitoring")
    house.commander.comment(issue, "/hotfix verified")
    eventually(lambda: page.incidents[0]["status"] == "resolved", "the page to say resolved")
    assert page.incidents[0]["components"] == {"c1": "operational"}
    shows(issue, "- [x] Status page updated")
    assert len(page.incidents) == 1
    assert statuspage.KEY not in service.output


def test_pagerduty_is_triggered_acknowledged_and_resolved(
    house: House, own_service: Callable[..., Service], pager: FakePagerDuty
) -> None:
    service = own_service(**_pagerduty(pager))
    issue = incident(house, house.shop({".github/hotfix.yml": POLICY + PAGED}))
    shop = issue.repo
    shows(issue, "On call: Ada Lovelace")
    pull = fix(house, shop, issue)
    eventually(lambda: pager.actions == ["trigger", "acknowledge"], "the alert to be acknowledged")
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    shows(issue, "stage **watching**")
    house.commander.comment(issue, "/hotfix verified")
    eventually(lambda: pager.actions == ["trigger", "acknowledge", "resolve"], "the alert to be resolved")
    house.commander.comment(issue, "/hotfix resolve")
    eventually(lambda: issue.state == "closed", "the incident to be closed")
    assert "This stays open" in posts(issue, "resolved")[0]["body"]
    house.github.clock.advance(1)
    house.commander.comment(issue, "/hotfix reopen")
    eventually(lambda: pager.actions[3:] == ["trigger"], "the alert to be open again")
    assert issue.state == "open"
    house.commander.comment(issue, "/hotfix resolve")
    eventually(lambda: pager.actions[4:] == ["resolve"], "the alert to be resolved again")
    assert len({each["dedup_key"] for each in pager.events}) == 1
    assert pagerduty.ROUTING_KEY not in service.output


def test_who_is_on_call_is_asked_again_after_the_shift(
    house: House, own_service: Callable[..., Service], pager: FakePagerDuty, tmp_path: Path
) -> None:
    clock, pager.shift = Clock(tmp_path), timedelta(minutes=30)
    service = own_service(**_pagerduty(pager), **clock.env)
    service.clock = clock.now
    issue = incident(house, house.shop({".github/hotfix.yml": POLICY + PAGED}))
    shows(issue, "On call: Ada Lovelace")
    pager.on_call, pager.shift = "Grace Hopper", None
    clock.pass_(31 * 60)
    shows(issue, "On call: Grace Hopper")
    service.settle(house.github)
    asked = len(pager.called("/oncalls"))
    house.dev.comment(issue, "/hotfix note asked a moment ago, so not again")
    shows(issue, "asked a moment ago")
    service.settle(house.github)
    assert len(pager.called("/oncalls")) == asked


def test_an_unknown_schedule_is_named(house: House, own_service: Callable[..., Service], pager: FakePagerDuty) -> None:
    own_service(**_pagerduty(pager))
    policy = POLICY + PAGED.replace("SCHED1", "SCHED2")
    issue = incident(house, house.shop({".github/hotfix.yml": policy}))
    shows(issue, "Could not be read: who is on call: PagerDuty refused: status 404", "stage **declared**")


def test_an_alert_keeps_its_key_in_a_renamed_repository(pager: FakePagerDuty) -> None:
    """An alert under the old name would never be resolved."""
    key, url = pagerduty.ROUTING_KEY, pager.url
    settings = NotifySettings(pagerduty_routing_key=SecretStr(key), pagerduty_events_url=url)
    first = send(settings, "declared", "acme/old#7", "", "Checkout fails", "https://github.test", critical=True)
    assert send(settings, "resolved", "acme/new#7", first, "Checkout fails", "https://github.test", True) == first
    assert pager.actions == ["trigger", "resolve"]


def test_an_entry_of_the_operator_reaches_a_stakeholder(house: House, own_service: Callable[..., Service]) -> None:
    with closing(Hook()) as hook:
        hook.troubles.append(Trouble("/reported", status=503))
        url = hook.url.replace("http://", "json://user:a-secret-password@")
        service = own_service(HOTFIX_NOTIFY_URLS=f"leads={url}/reported")
        shop = house.shop({".github/hotfix.yml": POLICY + "notify: {stakeholders: {leadership: leads}}\n"})
        issue = incident(house, shop)
        shows(issue, "- [x] Stakeholders notified")
        assert "CRITICAL INCIDENT: Checkout fails" in hook.called("/reported")[0].body["message"]
        assert "a-secret-password" not in service.output
        assert len(hook.called("/reported")) == 1
