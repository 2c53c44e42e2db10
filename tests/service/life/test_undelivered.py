"""A message that can't be delivered is retried if that may help, and never indefinitely."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.job_context import JobContext
from app.notify.recipients import NotifySettings
from app.notify.slack import Slack
from app.notify.undelivered import Cause, Undelivered, cause_of_status, slow_down
from app.queue.job_result import JobResult
from app.queue.jobs import Notify
from app.queue.retry import ANSWERED_WITHIN
from app.storage.database import writing
from app.storage.messages import MessageRow
from app.tasks import notify
from app.tasks.notify import GIVEN_UP_AFTER, HOURLY, SPACING, _Stop
from tests.chaos.clock import Clock
from tests.github import Issue
from tests.github.acme import POLICY
from tests.service.conftest import House
from tests.service.life.test_life import incident, shows
from tests.service.queue.test_budget import claimed, context
from tests.service.running import Service, eventually
from tests.services.server import Trouble
from tests.services.slack import TOKEN, FakeSlack

__all__ = ["context"]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with closing(FakeSlack("#incidents")) as server:
        yield server


def sending(issue: Issue) -> str:
    """Return the key of the job that posts to the channel."""
    return f"notify:{issue.repo.full_name}#{issue.number}:channel"


def failed(service: Service, issue: Issue) -> list[tuple[str, bool]]:
    """Return the cause of each logged failure, and whether it is retried."""
    lines = service.lines("message not delivered")
    return [(line["cause"], line["retried"]) for line in lines if line["repo"] == issue.repo.full_name]


def test_a_wrong_channel_is_not_retried_on_its_own(
    house: House, own_service: Callable[..., Service], slack: FakeSlack, tmp_path: Path
) -> None:
    clock = Clock(tmp_path)
    known = {"HOTFIX_SLACK_TOKEN": TOKEN, "HOTFIX_SLACK_API_URL": f"{slack.url}/api"}
    service = own_service(**known, **clock.env)
    service.clock = clock.now
    issue = incident(house, house.shop({".github/hotfix.yml": POLICY + 'notify: {channel: "#nowhere"}\n'}))
    shows(issue, "- [ ] Incident declared in #incidents: not delivered to channel")
    for _ in range(3):  # the status comment that names the problem, and its event, request it again
        service.settle(house.github)
        clock.pass_(SPACING + 1)
    service.settle(house.github)
    assert not service.is_scheduled(sending(issue))
    assert 1 <= len(failed(service, issue)) <= 3
    assert set(failed(service, issue)) == {("configuration", False)}
    slack.ids["#nowhere"] = "C9"
    slack.messages["C9"] = []
    clock.pass_(SPACING + 1)
    service.restart()
    eventually(lambda: slack.posts("#nowhere"), "the message, after a restart")


def test_a_service_that_is_down_is_tried_again(
    house: House, own_service: Callable[..., Service], slack: FakeSlack
) -> None:
    slack.troubles.append(Trouble("chat.postMessage", times=2, status=503))
    service = own_service(HOTFIX_SLACK_TOKEN=TOKEN, HOTFIX_SLACK_API_URL=f"{slack.url}/api")
    issue = incident(house, house.shop())
    eventually(lambda: slack.posts("#incidents"), "the message")
    assert failed(service, issue) == [("passing", True)] * 2


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, Cause.CONFIGURATION),
        (401, Cause.CONFIGURATION),
        (403, Cause.CONFIGURATION),
        (404, Cause.CONFIGURATION),
        (422, Cause.CONFIGURATION),
        (408, Cause.PASSING),
        (429, Cause.PASSING),
        (500, Cause.PASSING),
        (503, Cause.PASSING),
    ],
)
def test_a_refused_request_is_refused_again(status: int, cause: Cause) -> None:
    assert cause_of_status(status) is cause


@pytest.mark.parametrize(
    ("trouble", "token", "cause"),
    [
        (Trouble("conversations.list", status=503), TOKEN, Cause.PASSING),
        (Trouble("conversations.list", status=429), TOKEN, Cause.PASSING),
        (Trouble("conversations.list", status=404), TOKEN, Cause.CONFIGURATION),
        (None, "another token", Cause.CONFIGURATION),
    ],
    ids=["down", "limited", "wrong address", "wrong token"],
)
def test_slack_says_whose_fault_it_is(slack: FakeSlack, trouble: Trouble | None, token: str, cause: Cause) -> None:
    slack.troubles += [trouble] if trouble else []
    client = Slack(NotifySettings(slack_token=SecretStr(token), slack_url=slack.url))
    with pytest.raises(Undelivered) as undelivered:
        client.post("#incidents", "acme/shop#7", "declared", "The incident was declared")
    assert undelivered.value.cause is cause


def test_an_unexplained_failure_is_retried_for_a_week() -> None:
    """Apprise reports that a mail was not sent, but not why: the network or the password may be the cause."""
    row = MessageRow(repo="acme/shop", number=7, recipient="stakeholder sales", key="declared", kind="declared", at=0.0)
    stop = _Stop(row, None, Cause.UNEXPLAINED)
    assert stop.pause(ANSWERED_WITHIN - 1) is None, "the usual backoff"
    assert stop.pause(ANSWERED_WITHIN) == HOURLY
    assert stop.is_retried(GIVEN_UP_AFTER - 1)
    assert not stop.is_retried(GIVEN_UP_AFTER)
    assert 6 * 86400 < (GIVEN_UP_AFTER - ANSWERED_WITHIN) * HOURLY < 8 * 86400


def sent(
    context: JobContext, slack: FakeSlack, headline: str, *messages: Mapping[str, str], attempts: int = 0
) -> JobResult:
    """Run the job that posts to the channel, and record its result."""
    context.notify = NotifySettings(slack_token=SecretStr(TOKEN), slack_url=f"{slack.url}/api")
    content = {"messages": messages, "address": "#incidents", "headline": headline, "ref": "", "url": "", "title": ""}
    job = Notify(repo="acme/shop", number=7, to="channel", content=json.dumps(content))
    result = notify.send(context, claimed(job, attempts=attempts))
    assert result.record is not None
    with writing(context.engine) as connection:
        result.record(connection)
    return result


def test_a_change_that_failed_once_delays_no_later_message(context: JobContext, slack: FakeSlack) -> None:
    """After a failed edit of the thread's first message, the next reply is still sent immediately."""
    send = partial(sent, context, slack)
    send("declared")
    slack.troubles.append(Trouble("chat.update", status=503))
    assert send("in staging").retry
    assert not send("in staging", attempts=1).retry
    send("in production", {"key": "deployed 1", "kind": "deployed", "text": "It is deployed"})
    assert [each["text"] for each in slack.replies("#incidents")] == ["It is deployed"]
    assert [each["text"] for each in slack.posts("#incidents")] == ["in production"]


def test_a_change_that_is_refused_holds_up_no_reply(context: JobContext, slack: FakeSlack) -> None:
    """A workspace may forbid editing messages after some time."""
    send = partial(sent, context, slack)
    send("declared")
    slack.troubles.append(Trouble("chat.update", status=403))
    send("in production", {"key": "deployed 1", "kind": "deployed", "text": "It is deployed"})
    assert [each["text"] for each in slack.replies("#incidents")] == ["It is deployed"]


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("soon", 30.0), ("", 30.0), (None, 30.0), ("\u00b2", 30.0)]
)
def test_a_service_may_say_when_to_try_again(header: str | None, seconds: float) -> None:
    assert slow_down("Slack", header).retry_after == seconds
