"""No message is sent twice, and none is missing, if every text of the App reads differently wherever it is stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.github.acme import POLICY
from tests.github.server.rewording import reworded
from tests.service.conftest import House
from tests.service.life.test_life import fix, incident, shows
from tests.service.running import Service, eventually
from tests.services import pagerduty, slack, statuspage
from tests.services.pagerduty import FakePagerDuty
from tests.services.server import LoopbackService, Request, Trouble
from tests.services.slack import FakeSlack
from tests.services.statuspage import FakeStatuspage

EVERYWHERE = POLICY + (
    "notify:\n"
    "  status_page: {page: PAGE1}\n"
    "  pagerduty: {service: S1, schedule: SCHED1}\n"
    '  stakeholders: {product: "#product", leadership: leads}\n'
)


class Hook(LoopbackService):
    """A server that receives the messages of an Apprise entry."""

    def answer(self, request: Request) -> tuple[int, Any]:
        return 200, {}


def test_each_message_is_sent_once_in_other_words(house: House, own_service: Callable[..., Service]) -> None:
    """The first answers of Slack are lost, and later the database, so what was sent is known only from its metadata."""
    with (
        closing(FakeSlack("#incidents", "#product")) as workspace,
        closing(FakeStatuspage("PAGE1")) as page,
        closing(FakePagerDuty("Ada Lovelace")) as pager,
        closing(Hook()) as hook,
        house.github.rewording(),
    ):
        for each in (workspace, page, pager):
            each.rewords = True
        workspace.troubles.append(Trouble("chat.postMessage", times=2, after=True))
        settings = {
            "HOTFIX_SLACK_TOKEN": slack.TOKEN,
            "HOTFIX_SLACK_API_URL": f"{workspace.url}/api",
            "HOTFIX_STATUSPAGE_KEY": statuspage.KEY,
            "HOTFIX_STATUSPAGE_API_URL": f"{page.url}/v1",
            "HOTFIX_PAGERDUTY_KEY": pagerduty.KEY,
            "HOTFIX_PAGERDUTY_ROUTING_KEY": pagerduty.ROUTING_KEY,
            "HOTFIX_PAGERDUTY_API_URL": pager.url,
            "HOTFIX_PAGERDUTY_EVENTS_URL": pager.url,
            "HOTFIX_NOTIFY_URLS": f"leads={hook.url.replace('http://', 'json://')}/leads",
        }
        service = own_service(**settings)
        shop = house.shop({".github/hotfix.yml": EVERYWHERE})
        issue = incident(house, shop)
        shows(issue, reworded("- [x] Incident declared in #incidents"), reworded("- [x] Stakeholders notified"))
        eventually(lambda: page.incidents and pager.events, "the status page and PagerDuty to be informed")
        service.settle(house.github)
        assert reworded("CRITICAL INCIDENT") in workspace.posts("#incidents")[0]["text"], "it reads differently"
        service.stop()

        service = own_service(**settings)
        house.dev.comment(issue, "/hotfix note the database was lost")
        shows(issue, reworded("the database was lost"))
        fix(house, shop, issue)
        shows(issue, reworded("stage **reviewing**"))
        service.settle(house.github)
        assert len(workspace.posts("#incidents")) == 1
        assert len(workspace.posts("#product")) == 1
        assert [len(each["incident_updates"]) for each in page.incidents] == [1]
        assert len({each["dedup_key"] for each in pager.events}) == 1
        assert len(hook.called("/leads")) == 1
        assert [each.wrong for each in (workspace, page, pager)] == [[], [], []]
