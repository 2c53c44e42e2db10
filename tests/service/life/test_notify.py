"""Notifications through other services, sent by the real service to real servers on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.engine import URL

from tests.github import Issue
from tests.github.acme import POLICY
from tests.service.conftest import House, concludes
from tests.service.life.test_life import fix, incident, shows, ticked
from tests.service.running import Service, eventually
from tests.services.server import Trouble
from tests.services.slack import TOKEN, FakeSlack

DECLARED = "Incident declared in #incidents"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    server = FakeSlack("#incidents", "#product")
    yield server
    server.close()
    assert server.wrong == []


@pytest.fixture
def with_slack(own_service: Callable[..., Service], slack: FakeSlack) -> Callable[[], Service]:
    def make() -> Service:
        return own_service(HOTFIX_SLACK_TOKEN=TOKEN, HOTFIX_SLACK_API_URL=f"{slack.url}/api")

    return make


def about(slack: FakeSlack, issue: Issue) -> list[dict[str, Any]]:
    """Return the first messages about an incident."""
    where = f"{issue.repo.full_name}#{issue.number}"
    return [message for message in slack.posts("#incidents") if where in str(message.get("metadata"))]


def test_an_incident_has_one_thread_kept_current(
    house: House, slack: FakeSlack, with_slack: Callable[[], Service]
) -> None:
    service = with_slack()
    shop = house.shop({".github/hotfix.yml": POLICY + 'notify: {stakeholders: {product: "#product"}}\n'})
    issue = house.dev.report(shop, "Checkout <!channel> fails & burns", "### Severity\n\nP0\n")
    shows(issue, f"- [x] {DECLARED}", "- [x] Stakeholders notified")
    posted = about(slack, issue)[0]
    assert posted["metadata"]["event_type"] == "hotfix_incident"
    assert "CRITICAL INCIDENT: Checkout &lt;!channel&gt; fails &amp; burns" in posted["text"]
    pull = fix(house, shop, issue)
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    eventually(lambda: any("HOTFIX DEPLOYED" in m["text"] for m in slack.replies("#incidents")), "the reply")
    eventually(
        lambda: "Stage: watching" in "".join(m["text"] for m in about(slack, issue)), "the first message to be current"
    )
    eventually(lambda: len(slack.posts("#product")) == 2, "the stakeholders to be informed")
    shows(issue, "- [x] Stakeholders updated")
    assert len(about(slack, issue)) == 1
    assert TOKEN not in service.output


def test_a_lost_answer_or_database_opens_no_second_thread(
    house: House, slack: FakeSlack, with_slack: Callable[[], Service]
) -> None:
    slack.troubles.append(Trouble("chat.postMessage", after=True))
    service = with_slack()
    shop = house.shop()
    issue = incident(house, shop)
    shows(issue, f"- [x] {DECLARED}")
    assert len(about(slack, issue)) == 1
    service.stop()
    with_slack()
    house.dev.comment(issue, "/hotfix note the database was lost")
    shows(issue, "the database was lost")
    fix(house, shop, issue)
    eventually(
        lambda: "Stage: reviewing" in "".join(m["text"] for m in about(slack, issue)), "the thread to be found again"
    )
    assert len(about(slack, issue)) == 1


def test_a_failing_channel_is_shown_and_delays_nothing(
    house: House, slack: FakeSlack, with_slack: Callable[[], Service]
) -> None:
    slack.troubles.append(Trouble("chat.postMessage", times=1_000, status=503))
    with_slack()
    issue = incident(house, house.shop())
    shows(issue, f"- [ ] {DECLARED}: not delivered to channel", skipping=house)
    slack.troubles[:] = [Trouble("chat.postMessage", status=429, headers={"Retry-After": "2"})]
    shows(issue, f"- [x] {DECLARED}", skipping=house)
    assert len(about(slack, issue)) == 1


def test_a_channel_that_does_not_exist_is_reported(
    house: House, slack: FakeSlack, with_slack: Callable[[], Service]
) -> None:
    with_slack()
    shop = house.shop({".github/hotfix.yml": POLICY + 'notify: {channel: "#nowhere"}\n'})
    issue = incident(house, shop)
    shows(issue, f"- [ ] {DECLARED}: not delivered to channel")
    assert DECLARED not in ticked(issue)


@pytest.mark.postgres
def test_two_replicas_and_a_slow_channel_post_once(
    house: House, postgres: URL, own_service: Callable[..., Service], slack: FakeSlack
) -> None:
    """Both replicas process the incident while the first message is being sent; no verdict is delayed by it."""
    answered = threading.Event()
    slack.troubles.append(Trouble("chat.postMessage", status=0, hold=answered, times=1_000))
    known = {"HOTFIX_SLACK_TOKEN": TOKEN, "HOTFIX_SLACK_API_URL": f"{slack.url}/api"}
    url = postgres.render_as_string(hide_password=False)
    replicas = [own_service(url, **known) for _ in range(2)]
    shop = house.shop()
    issue = incident(house, shop)
    for number in range(4):
        house.app.webhook_url = replicas[number % 2].webhook_url
        house.dev.comment(issue, f"/hotfix note {number}")
    pull = fix(house, shop, issue)
    concludes(pull, with_="action_required")
    assert DECLARED not in ticked(issue), "ticked only once Slack has answered"
    answered.set()
    shows(issue, f"- [x] {DECLARED}", "Note by **dev**: 3")
    assert len(about(slack, issue)) == 1
    failed = [line for service in replicas for line in service.lines("message not delivered")]
    # On a busy machine the answer may be held longer than the service's timeout.
    late = "Slack did not answer: TimeoutError"
    assert [line for line in failed if line["repo"] == shop.full_name and line["reason"] != late] == []
