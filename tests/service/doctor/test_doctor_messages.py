"""`hotfix doctor` checks Slack, Statuspage and PagerDuty: a wrong credential is named with its fix, but never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.service.doctor.test_doctor import House, house
from tests.services import pagerduty, slack, statuspage
from tests.services.pagerduty import FakePagerDuty
from tests.services.slack import FakeSlack
from tests.services.statuspage import FakeStatuspage

__all__ = ["house"]

NOTIFY = (
    'notify: {channel: "#incidents", stakeholders: {product: "#product"}, status_page: {page: page1},'
    " pagerduty: {service: S1, schedule: SCHED1}}\n"
)
WRONG = "a-wrong-secret-0000000000000000"


@dataclass
class Services:
    """A correct setup with credentials of each service."""

    house: House
    slack: FakeSlack
    statuspage: FakeStatuspage
    pagerduty: FakePagerDuty

    def set(self, name: str, value: str) -> None:
        self.house.environment[f"HOTFIX_{name}"] = value

    def policy(self, text: str) -> None:
        self.house.repo.commit("main", {".github/hotfix.yml": text}, message="Policy")

    def findings(self, subject: str = "") -> dict[str, dict[str, str]]:
        return {each["check"]: each for each in self.house.findings(subject)}


@pytest.fixture
def services(house: House) -> Iterator[Services]:
    there = Services(house, FakeSlack("#incidents", "#product"), FakeStatuspage("page1"), FakePagerDuty("Mia"))
    house.environment |= {
        "HOTFIX_SLACK_TOKEN": slack.TOKEN,
        "HOTFIX_SLACK_API_URL": f"{there.slack.url}/api/",
        "HOTFIX_STATUSPAGE_KEY": statuspage.KEY,
        "HOTFIX_STATUSPAGE_API_URL": f"{there.statuspage.url}/v1",
        "HOTFIX_PAGERDUTY_KEY": pagerduty.KEY,
        "HOTFIX_PAGERDUTY_API_URL": there.pagerduty.url,
        "HOTFIX_PAGERDUTY_ROUTING_KEY": pagerduty.ROUTING_KEY,
        "HOTFIX_PAGERDUTY_EVENTS_URL": there.pagerduty.url,
    }
    there.policy(NOTIFY)
    yield there
    for each in (there.slack, there.statuspage, there.pagerduty):
        each.close()


def test_valid_credentials_have_no_finding_and_post_nothing(services: Services) -> None:
    assert set(services.findings()) <= {"deliveries"}
    assert services.findings("acme/shop") == {}
    printed = services.house.doctor().stdout
    for said in ("Slack accepts the token of hotfix in Acme", "Statuspage accepts the key", "PagerDuty"):
        assert said in printed
    assert not any(services.slack.messages.values())
    assert services.statuspage.incidents == []
    assert services.pagerduty.actions == []


def revoked_slack_token(services: Services) -> None:
    services.set("SLACK_TOKEN", WRONG)


def slack_bot_that_may_not_write(services: Services) -> None:
    services.slack.scopes = "channels:read,channels:history"


def slack_is_elsewhere(services: Services) -> None:
    services.set("SLACK_API_URL", "http://127.0.0.1:9/api/")


def wrong_statuspage_key(services: Services) -> None:
    services.set("STATUSPAGE_KEY", WRONG)


def wrong_pagerduty_key(services: Services) -> None:
    services.set("PAGERDUTY_KEY", WRONG)


def wrong_routing_key(services: Services) -> None:
    services.set("PAGERDUTY_ROUTING_KEY", WRONG)


CREDENTIALS: Mapping[Callable[[Services], None], tuple[str, str, str]] = {
    revoked_slack_token: ("slack", "Slack refused: invalid_auth", "Set HOTFIX_SLACK_TOKEN"),
    slack_bot_that_may_not_write: ("slack scopes", "lacks chat:write", "Bot Token Scopes"),
    slack_is_elsewhere: ("slack", "Slack did not answer", "check HOTFIX_SLACK_API_URL"),
    wrong_statuspage_key: ("statuspage", "Statuspage refused: status 401", "Set HOTFIX_STATUSPAGE_KEY"),
    wrong_pagerduty_key: ("pagerduty", "PagerDuty refused: status 401", "Set HOTFIX_PAGERDUTY_KEY"),
    wrong_routing_key: ("pagerduty events", "PagerDuty refused: status 400", "Set HOTFIX_PAGERDUTY_ROUTING_KEY"),
}


@pytest.mark.parametrize("spoil", CREDENTIALS, ids=lambda spoil: spoil.__name__)
def test_a_wrong_credential_is_named_with_its_fix(services: Services, spoil: Callable[[Services], None]) -> None:
    spoil(services)
    check, said, fix = CREDENTIALS[spoil]
    found = services.findings()
    assert set(found) <= {check, "deliveries"}
    assert said in found[check]["message"]
    assert fix in found[check]["fix"]
    done = services.house.doctor()
    assert done.returncode == 1
    for secret in (WRONG, slack.TOKEN, statuspage.KEY, pagerduty.KEY, pagerduty.ROUTING_KEY):
        assert secret not in done.stdout + done.stderr


def channel_that_is_not_there(services: Services) -> None:
    services.policy(NOTIFY.replace("#product", "#producers"))


def bot_outside_the_channel(services: Services) -> None:
    services.slack.outside.add("#incidents")


def page_of_others(services: Services) -> None:
    services.policy(NOTIFY.replace("page1", "page2"))


def schedule_that_is_not_there(services: Services) -> None:
    services.policy(NOTIFY.replace("SCHED1", "SCHED2"))


def page_without_a_key(services: Services) -> None:
    services.set("STATUSPAGE_KEY", "")


def service_without_a_routing_key(services: Services) -> None:
    services.set("PAGERDUTY_ROUTING_KEY", "")


RECIPIENTS: Mapping[Callable[[Services], None], tuple[str, str]] = {
    channel_that_is_not_there: ("channel #producers", "Create it, or correct notify"),
    bot_outside_the_channel: ("channel #incidents", "Write /invite"),
    page_of_others: ("status page", "Correct notify.status_page.page"),
    schedule_that_is_not_there: ("on call", "Correct notify.pagerduty.schedule"),
    page_without_a_key: ("status page", "Set HOTFIX_STATUSPAGE_KEY"),
    service_without_a_routing_key: ("alerts", "Set HOTFIX_PAGERDUTY_ROUTING_KEY"),
}


@pytest.mark.parametrize("spoil", RECIPIENTS, ids=lambda spoil: spoil.__name__)
def test_a_wrong_recipient_is_named_with_its_fix(services: Services, spoil: Callable[[Services], None]) -> None:
    spoil(services)
    check, fix = RECIPIENTS[spoil]
    found = services.findings("acme/shop")
    assert set(found) == {check}
    assert fix in found[check]["fix"]
