"""An update on the status page is found by its metadata, even if its text was edited, translated or reworded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import SecretStr

from app.notify.recipients import NotifySettings
from app.notify.statuspage import StatusPage
from hotfix.life.words.announcements import Announcement
from tests.github.server.rewording import reworded
from tests.services.statuspage import KEY, FakeStatuspage


@pytest.fixture
def page() -> Iterator[FakeStatuspage]:
    with closing(FakeStatuspage("acme")) as server:
        yield server
        assert server.wrong == []


def updates(page: FakeStatuspage) -> list[str]:
    """Return the updates of the page's only incident, newest first."""
    (incident,) = page.incidents
    return [one["body"] for one in incident["incident_updates"]]


def publish(page: FakeStatuspage, key: str, kind: str, text: str) -> None:
    settings = NotifySettings(statuspage_key=SecretStr(KEY), statuspage_url=f"{page.url}/v1")
    StatusPage(settings, "acme", ()).publish("acme/shop#7", "", "Checkout", Announcement(key=key, kind=kind, text=text))


def test_no_update_is_published_twice_in_other_words(page: FakeStatuspage) -> None:
    for _ in range(2):
        publish(page, "declared", "declared", "We are looking into it")
        for update in page.incidents[0]["incident_updates"]:
            update["body"] = reworded(update["body"])
    assert len(updates(page)) == 1


def test_two_updates_with_one_status_are_both_published(page: FakeStatuspage) -> None:
    publish(page, "declared", "declared", "We are looking into it")
    publish(page, "rolled_back 9", "rolled_back", "We are looking into it")
    assert len(updates(page)) == 2


@pytest.mark.parametrize("kind", ["deployed", "resolved"])
def test_customers_read_each_step_once(page: FakeStatuspage, kind: str) -> None:
    """A deployment to a second region is not published again, nor is an incident that was reopened for paperwork."""
    publish(page, "declared", "declared", "We are looking into it")
    for number in (1, 2):
        publish(page, f"{kind} {number}", kind, "That is news")
    assert updates(page) == ["That is news", "We are looking into it"]


def test_an_update_by_an_older_version_is_not_repeated(page: FakeStatuspage) -> None:
    """The metadata that an older version wrote contains only the incident."""
    publish(page, "deployed 1", "deployed", "It is deployed")
    page.incidents[0]["metadata"] = {"hotfix": {"incident": "acme/shop#7"}}
    publish(page, "deployed 1", "deployed", "It is deployed")
    assert len(updates(page)) == 1
    publish(page, "resolved 2", "resolved", "It is over")
    assert len(updates(page)) == 2
