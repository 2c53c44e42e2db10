"""Two days of one incident in seconds, across restarts: each clock reminds once, in time, and never after the end.

The service and the simulated GitHub run on clocks that the test moves; the service takes them for system clocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotfix.life.words import markers
from tests.chaos.clock import Clock
from tests.github import GitHub, Issue, Pull
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG, Acme
from tests.service.life.test_life import FORM, posts, shows
from tests.service.running import Service, eventually, settings

LATE = timedelta(seconds=30)
"""Maximum delay after a limit for which the service may schedule a reminder."""
BEFORE = timedelta(seconds=20)
"""Time before a limit at which the test checks the scheduled time, and that no reminder was posted yet."""


class Days:
    """An incident, its service, and their clock."""

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.acme, self.github, self.clock = Acme(github), github, Clock(folder)
        acme = self.acme
        known = settings(github, acme.app, f"sqlite:///{folder}/hotfix.db")
        self.service = Service(folder, known | self.clock.env).start()
        self.service.clock = self.clock.now
        acme.app.webhook_url = self.service.webhook_url
        self.issue: Issue = acme.dev.report(acme.shop, "Checkout fails", FORM)
        shows(self.issue, "stage **declared**")

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now()).astimezone()

    def pass_time(self, span: timedelta) -> None:
        """Advance the clocks of GitHub and the service."""
        self.clock.pass_(span.total_seconds())
        self.github.clock.advance(span.total_seconds())

    def pass_until(self, moment: datetime) -> None:
        if moment > self.now:
            self.pass_time(moment - self.now)

    def reminders(self) -> Counter[str]:
        """Return every reminder ever posted, as clock and limit -> number of posts."""
        return Counter(_alarm(one["body"]) for one in posts(self.issue, "reminder "))

    def comes(self, alarm: str, due: datetime) -> None:
        """Assert that a reminder is scheduled within half a minute after it is due, and posted no earlier."""
        self.pass_until(due - BEFORE)
        self.settle()
        planned = self.planned()
        in_time = planned <= (due + LATE).timestamp() or alarm in self.reminders()
        assert in_time, f"{alarm}: due {due}, planned for {planned}"
        self.pass_until(due)
        eventually(lambda: alarm in self.reminders(), f"the reminder {alarm}")
        (one,) = (each for each in posts(self.issue, "reminder ") if _alarm(each["body"]) == alarm)
        at = datetime.fromisoformat(one["created_at"])
        assert due - timedelta(seconds=1) <= at, f"{alarm}: due {due}, came {at}"

    def planned(self) -> float:
        """Return when the service will process the incident next, by the service's clock."""
        key = f"life:{self.acme.shop.full_name}#{self.issue.number}"
        return float(self.service.rows("SELECT due_at FROM jobs WHERE key = ?", key)[0][0])

    def hidden(self, clock: str) -> None:
        """Assert that every reminder of a stopped clock is hidden as outdated."""

        def all_are() -> bool:
            found = posts(self.issue, f"reminder {clock}")
            return bool(found) and all(self.minimized(one["node_id"]) for one in found)

        eventually(all_are, f"the reminders of {clock} to be hidden")

    def minimized(self, node: str) -> bool:
        query = "query($id: ID!) { node(id: $id) { ... on IssueComment { isMinimized } } }"
        return bool(self.github.graphql(query, {"id": node})["node"]["isMinimized"])

    def settle(self) -> None:
        self.service.settle(self.github)

    def restart(self, after: timedelta = timedelta(), *, forget: bool = False) -> None:
        """Kill the service and start it after this time, with an empty database if `forget`."""
        self.service.kill()
        for file in self.service.folder.glob("hotfix.db*") if forget else ():
            file.unlink()
        self.pass_time(after)
        self.service.start()

    def hotfix(self) -> Pull:
        message, body = (text.replace("#7", f"#{self.issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
        shop = self.acme.shop
        shop.branch("hotfix/cart", at=TAG, pusher=self.acme.dev)
        shop.commit("hotfix/cart", FIX, message=message, author=self.acme.dev)
        labels = ["hotfix", "priority:critical"]
        return self.acme.dev.open_pull(shop, head="hotfix/cart", title=GOOD_TITLE, body=body, labels=labels)

    def says(self, text: str) -> dict[str, Any]:
        made: dict[str, Any] = self.acme.commander.comment(self.issue, f"/hotfix {text}")
        eventually(lambda: self.issue.reactions(made) == ["hotfix[bot] +1"], f"/hotfix {text} to be accepted")
        return made


def _alarm(body: str) -> str:
    return f"{markers.found(body).removeprefix('reminder ')} {markers.alarm(body)}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def days(github: GitHub, tmp_path: Path) -> Iterator[Days]:
    made = Days(github, tmp_path)
    yield made
    made.service.stop()
    assert "Traceback" not in made.service.output


@pytest.mark.slow
def test_two_days_of_reminders(days: Days) -> None:
    acme, shop = days.acme, days.acme.shop
    declared = _time(days.issue.data["created_at"])
    pull = days.hotfix()
    eventually(lambda: pull.requested()[0], "a tech lead to be requested")
    shop.set_check(pull.head_sha, "ci")
    events = shop.wire.all(f"{shop.path}/issues/{pull.number}/events", acme.lead.token)
    (asked,) = (one for one in events if one["event"] == "review_requested")
    days.comes("review 1", _time(asked["created_at"]) + timedelta(minutes=10))
    eventually(lambda: len(pull.requested()[0]) == 2, "the next tech lead to be requested")
    days.restart(forget=True)
    acme.lead.review(pull, "APPROVE")
    days.hidden("review")
    days.comes("fix 1", declared + timedelta(hours=1))
    days.restart()
    # After an outage that spans the limit, there is one reminder, posted immediately.
    days.restart(declared + timedelta(hours=5) - days.now)
    eventually(lambda: days.reminders()["fix 2"] == 1, "the reminder that was missed")
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha, pusher=acme.admin)
    acme.admin.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    shows(days.issue, "stage **watching**")
    production = _time(shop.deployments("production")[0]["statuses"][0]["created_at"])
    days.hidden("fix")
    days.comes("verify 1", production + timedelta(minutes=15))
    days.says("verified")
    days.hidden("verify")
    days.restart(forget=True)
    days.pass_until(production + timedelta(hours=20))
    snooze = days.says("snooze follow-ups 6h")
    days.comes("back-merge 1", production + timedelta(hours=24))
    days.comes(f"follow-ups snoozed {snooze['id']}", _time(snooze["created_at"]) + timedelta(hours=6))
    acme.lead.merge(pull)
    days.hidden("back-merge")
    days.comes("post-mortem 1", production + timedelta(hours=48))
    for one in days.issue.sub_issues():
        if "Post-mortem" not in one["title"]:
            acme.dev.close_issue(shop, one["number"])
    days.hidden("follow-ups")
    days.says("done post-mortem")
    eventually(lambda: days.issue.state == "closed", "the incident to close")
    days.hidden("post-mortem")
    before = days.reminders()
    days.restart(timedelta(days=3), forget=True)
    acme.dev.comment(days.issue, "/hotfix note long ago")
    shows(days.issue, "long ago")
    days.settle()
    assert days.reminders() == before
    assert set(before.values()) == {1}, before
    assert set(before) == {
        "review 1", "fix 1", "fix 2", "verify 1", "back-merge 1", f"follow-ups snoozed {snooze['id']}", "post-mortem 1",
    }  # fmt: skip


def test_a_reminder_names_the_limit_and_who_must_act(days: Days) -> None:
    declared = _time(days.issue.data["created_at"])
    days.comes("fix 1", declared + timedelta(hours=1))
    days.comes("fix 2", declared + timedelta(hours=4))
    first, second = posts(days.issue, "reminder fix")
    assert first["body"].startswith("@commander The fix is due in production by")
    assert "is not there yet" in second["body"]
