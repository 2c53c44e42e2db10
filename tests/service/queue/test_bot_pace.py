"""Jobs that bots alone ask for start ever later, so that a bot that answers the App's changes cannot cause a loop."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from app.app_identity import AppIdentity
from app.queue.bot_pace import AT_ONCE, CALM, LONGEST_PAUSE, BotPace
from app.queue.jobs import EvaluatePull, Job, ReconcileLife
from app.web.webhooks import Webhooks
from tests.service.conftest import House, concludes
from tests.service.queue.test_storms import evaluation, evaluations
from tests.service.running import Service

LIFE = ReconcileLife(repo="acme/shop", number=7)
HOTFIX = EvaluatePull(repo="acme/shop", number=8, likely=True)


class Paced:
    """A pace on a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self._pace = BotPace(lambda: self.now)

    def due(self, job: Job = LIFE, *, by_bot: bool = True) -> float:
        """Return in how many seconds the job of an event is due."""
        (paced,) = self._pace.paced((job,), by_bot=by_bot)
        return paced.due(self.now) - self.now

    def storm(self, events: int, every: float, job: Job = LIFE) -> list[float]:
        """Return the different times, in seconds from the first event, at which runs start."""
        began, starts = self.now, set()
        for _ in range(events):
            starts.add(self.now + self.due(job) - began)
            self.now += every
        return sorted(starts)


@pytest.mark.parametrize("job", [LIFE, HOTFIX])
def test_a_loop_of_a_bot_ends_in_a_run_a_minute(job: Job) -> None:
    """The bot acts ten times a second, for an hour."""
    starts = Paced().storm(36_000, 0.1, job)
    assert all(later - earlier == LONGEST_PAUSE for earlier, later in pairwise(starts[-30:]))
    assert len(starts) < AT_ONCE + 6 + 60 + 1


def test_a_few_events_of_bots_are_served_at_once() -> None:
    """Such as a bot that sets some labels, or a push every ten seconds."""
    assert Paced().storm(AT_ONCE, 0.1) == pytest.approx([at / 10 for at in range(AT_ONCE)])


def test_the_delay_after_a_storm_is_no_longer_than_the_storm() -> None:
    paced = Paced()
    last = paced.storm(100, 0.1)[-1]
    assert 10.0 <= last <= 20.0


def test_a_person_is_served_at_once_in_the_middle_of_it() -> None:
    paced = Paced()
    paced.storm(1000, 0.1)
    assert paced.due() > 1.0
    assert paced.due(by_bot=False) == 0.0
    assert paced.due() == 0.0, "the bots start again"


def test_after_a_calm_minute_bots_are_served_at_once() -> None:
    paced = Paced()
    paced.storm(1000, 0.1)
    paced.now += LONGEST_PAUSE + CALM + 1
    assert paced.due() == 0.0


def test_one_incidents_storm_delays_no_other() -> None:
    paced = Paced()
    paced.storm(1000, 0.1)
    assert paced.due(ReconcileLife(repo="acme/shop", number=9)) == 0.0


def test_an_alert_is_not_delayed_by_a_bots_edit_before_it() -> None:
    """An edit by a bot settles for a minute; the label that declares the incident does not."""
    paced = Paced()
    assert paced.due(ReconcileLife(repo="acme/shop", number=7, delay=60.0)) == 60.0
    assert paced.due() == 0.0


def test_a_clock_that_was_set_back_holds_nothing() -> None:
    paced = Paced()
    paced.storm(1000, 0.1)
    paced.now -= 86_400
    assert paced.due() == 0.0


PULL = {"head": {"sha": "a" * 40}, "updated_at": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("event", "payload", "paced"),
    [
        ("pull_request", {"action": "labeled", "number": 8, "pull_request": PULL}, True),
        ("push", {"ref": "refs/tags/v1.2.4"}, False),
        ("deployment_status", {"deployment_status": {"state": "success"}, "deployment": {"environment": "e"}}, False),
    ],
)
def test_only_events_that_can_answer_the_app_are_paced(event: str, payload: dict[str, Any], paced: bool) -> None:
    """Bots push, tag and deploy by nature; what that makes stale is evaluated immediately."""
    webhooks = Webhooks(
        (), intake=lambda: None, invalidate=lambda _: None, narrowed=lambda result: result, me=lambda: AppIdentity(1)
    )
    body = json.dumps({"repository": {"full_name": "acme/shop"}, "sender": {"type": "Bot"}} | payload).encode()
    headers = {b"x-github-delivery": b"guid", b"x-github-event": event.encode()}
    jobs = [webhooks._read(headers, body, {})[0].result.jobs[0] for _ in range(20 * AT_ONCE)]
    assert any(job.due_at is not None for job in jobs) is paced


def test_a_bot_that_labels_without_end_is_evaluated_seldom(house: House, service: Service) -> None:
    """Each label comes once the one before was evaluated, as that of a bot that answers the App's changes."""
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    service.settle(house.github)
    labeler = house.github.create_app("labeler", permissions={"issues": "write", "pull_requests": "write"})
    token = house.github.install(labeler, house.org).token()
    before = evaluations(service, pull)
    for at in range(40):
        path, body = f"{pull.repo.path}/issues/{pull.number}/labels", {"labels": [f"bot-{at}"]}
        assert house.github.rest("POST", path, token=token, body=body).ok
        service.settle(house.github)
    assert AT_ONCE <= evaluations(service, pull) - before <= 25
    house.dev.label(pull, "of-a-person")
    service.settle(house.github)
    assert not service.is_scheduled(evaluation(pull)), "a person's label is not delayed"
