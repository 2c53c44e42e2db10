"""A message in Slack is found by its metadata, even if its text was edited, translated or reworded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import SecretStr

from app.notify.recipients import NotifySettings
from app.notify.slack import Slack
from tests.github.server.rewording import reworded
from tests.services.slack import TOKEN, FakeSlack

URL = "https://github.com/acme/shop/issues/7"


@pytest.fixture
def workspace() -> Iterator[FakeSlack]:
    with closing(FakeSlack("#incidents")) as server:
        yield server
        assert server.wrong == []


def in_other_words(workspace: FakeSlack) -> None:
    for messages in workspace.messages.values():
        for message in messages:
            message["text"] = reworded(message["text"])


def test_no_message_is_posted_twice_in_other_words(workspace: FakeSlack) -> None:
    slack = Slack(NotifySettings(slack_token=SecretStr(TOKEN), slack_url=workspace.url))
    for _ in range(2):
        channel, root = slack.open_thread("#incidents", "acme/shop#7", URL, "The incident was declared")
        slack.reply(channel, root, "acme/shop#7", "resolved 1", "It is resolved")
        slack.post("#incidents", "acme/shop#8", "declared", "Another incident was declared")
        in_other_words(workspace)

    assert len(workspace.posts("#incidents")) == 2
    assert len(workspace.replies("#incidents")) == 1
    slack.update(channel, root, "acme/shop#7", URL, "It runs in production")
    assert workspace.posts("#incidents")[0]["text"] == "It runs in production"
