"""Incidents under faults: a complete incident step by step, and the effects that must exist exactly once at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hotfix.life.words import markers
from tests.chaos.ground import Ground, NotQuiet
from tests.github import Issue, Pull
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, POLICY, TAG
from tests.services import slack, statuspage
from tests.services.slack import FakeSlack
from tests.services.statuspage import FakeStatuspage

PATIENCE = 120.0
HOUR = 3600.0
REMINDED = ("review", "verify", "back-merge", "follow-ups")
"""Reminders that become due during this incident, once each."""
FORM = """\
### Severity

P0

### Category

API endpoint down

### Component

checkout

### Users affected

40 %

### Incident commander

@commander

### Customer-facing

yes

### What is broken

Every order fails.
"""
UNTICKED = ("Health checks passing", "Monitoring for 1 hour", "Runbooks updated")
"""Checklist items that nothing in this incident ticks: no gates are measured."""
NOTIFY = "notify: {channel: '#incidents', stakeholders: {product: '#product'}, status_page: {page: PAGE1}}\n"


class Incident:
    """One incident of the campaign. `steps` yields people's actions in order."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.acme = ground, ground.people.acme
        self.chat, self.page = FakeSlack("#incidents", "#product"), FakeStatuspage("PAGE1")
        ground.at_end(self.chat.close)
        ground.at_end(self.page.close)
        ground.more.append(self.broken)
        self.shop = self.acme.shop
        self.shop.commit("main", {".github/hotfix.yml": POLICY + NOTIFY}, message="Inform", author=self.acme.admin)
        ground.github.forget()  # there is no service yet that needs these events
        self.issue = Issue(self.shop, 0)
        self._pull: Pull | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Return the service's settings for notifications."""
        return {
            "HOTFIX_SLACK_TOKEN": slack.TOKEN,
            "HOTFIX_SLACK_API_URL": f"{self.chat.url}/api",
            "HOTFIX_STATUSPAGE_KEY": statuspage.KEY,
            "HOTFIX_STATUSPAGE_API_URL": f"{self.page.url}/v1",
        }

    @property
    def pull(self) -> Pull:
        assert self._pull is not None
        return self._pull

    def steps(self) -> Iterator[Callable[[], object]]:
        """Yield people's actions. Each waits only for what a person needs in order to act."""
        dev, lead, commander = self.acme.dev, self.acme.lead, self.acme.commander
        yield self._declare
        yield lambda: dev.comment(self.issue, "/hotfix note looking at it")
        yield self._open_pull
        yield lambda: self.shop.set_check(self.pull.head_sha, "ci")
        yield self._let_review_be_late
        yield self._approve(lead)
        yield self._to_staging
        yield lambda: dev.comment(self.issue, "/hotfix done staging clicked through it")
        yield self._to_production
        yield lambda: dev.comment(self.pull, "/hotfix done logs nothing new")
        yield self._let_verification_be_late
        yield self._once_reminded(lambda: commander.comment(self.issue, "/hotfix verified"), "verify")
        yield lambda: commander.comment(self.issue, "/hotfix post-mortem 2030-01-02T15:00+01:00")
        yield lambda: self.ground.pass_time(25 * HOUR)
        yield self._once_reminded(lambda: lead.merge(self.pull), "back-merge", "follow-ups")
        yield self._close_follow_ups
        yield self._end

    def _declare(self) -> None:
        self.issue = self.acme.dev.report(self.shop, "Checkout fails", FORM)

    def _open_pull(self) -> None:
        message, body = (text.replace("#7", f"#{self.issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
        branch = f"hotfix/incident-{self.issue.number}"
        self.shop.branch(branch, at=TAG, pusher=self.acme.dev)
        self.shop.commit(branch, FIX, message=message, author=self.acme.dev)
        self.ground.passing.add(self.shop.sha(branch))
        labels = ["hotfix", "priority:critical"]
        self._pull = self.acme.dev.open_pull(self.shop, head=branch, title=GOOD_TITLE, body=body, labels=labels)

    def _let_review_be_late(self) -> None:
        self._until(lambda: any(self.pull.requested()), "the request of a review")
        self.ground.pass_time(0.25 * HOUR)

    def _let_verification_be_late(self) -> None:
        self._until(lambda: "stage **watching**" in self.status(), "the watch")
        self.ground.pass_time(0.5 * HOUR)

    def _approve(self, lead: Any) -> Callable[[], object]:
        """Return an approval after the reminder, over a second after the spec: GitHub's times are whole seconds."""
        return self._once_reminded(lambda: lead.review(self.pull, "APPROVE"), "review")

    def _once_reminded(self, act: Callable[[], object], *clocks: str) -> Callable[[], None]:
        """Return an action that is performed only after these reminders."""

        def late() -> None:
            self._until(lambda: all(self.posts(f"reminder {clock}") for clock in clocks), f"reminders {clocks}")
            act()

        return late

    def _to_staging(self) -> None:
        self._until(self._passes, "the pass")
        self.acme.admin.deploy(self.shop, self.pull.head_sha, "staging", "success")

    def _to_production(self) -> None:
        self.shop.tag("v1.2.4-hotfix.1", at=self.pull.head_sha, pusher=self.acme.admin)
        self.acme.admin.deploy(self.shop, "v1.2.4-hotfix.1", "production", "success")

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait as people do. A restarted service finds missed events later, in GitHub's list of deliveries."""
        until = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > until:
                raise NotQuiet(f"waited for {what}")
            self.ground.retry(60.0, turns=1)

    def _passes(self) -> bool:
        return (self.pull.check("hotfix") or {}).get("conclusion") == "success"

    def _close_follow_ups(self) -> None:
        self._until(lambda: len(self.issue.sub_issues()) >= 6, "the follow-ups")
        for one in self.issue.sub_issues():
            if "Post-mortem" not in one["title"]:
                self.acme.dev.close_issue(self.shop, one["number"])

    def _end(self) -> None:
        """Close the incident only once customers have been notified: only then are they notified of its end."""
        self._until(lambda: "- [x] Status page updated" in self.status(), "customers to be informed")
        self.acme.commander.comment(self.issue, "/hotfix done post-mortem")

    # Effects that must exist

    def posts(self, marker: str, of: Issue | Pull | None = None) -> list[dict[str, Any]]:
        return [one for one in (of or self.issue).comments() if f"<!-- hotfix:{marker}" in one["body"]]

    def status(self) -> str:
        found = self.posts("status -->")
        return str(found[0]["body"]) if found else ""

    def broken(self) -> list[str]:
        """Return the effects that are duplicated or missing."""
        found = []

        def count(what: str, seen: int, due: int = 1) -> None:
            if seen != due:
                found.append(f"{what}: {seen}, not {due}")

        count("status comments on the incident", len(self.posts("status -->")))
        count("status comments on the pull request", len(self.posts("status -->", self.pull)))
        where = f"{self.shop.full_name}#{self.issue.number}"
        threads = [one for one in self.chat.posts("#incidents") if where in str(one["metadata"])]
        count("threads", len(threads))
        said = Counter(str(one["metadata"]["event_payload"].get("key")) for one in self.chat.replies("#incidents"))
        found += [f"the thread has {key} {times} times" for key, times in said.items() if times > 1]
        count("messages to the stakeholder", len(self.chat.posts("#product")), 3)
        count("incidents on the status page", len(self.page.incidents))
        count("the page says", int(self.page.incidents[-1:] != [] and self.page.incidents[-1]["status"] == "resolved"))
        issues = self.issue.sub_issues()
        count("follow-ups", sum("Post-mortem" not in one["title"] for one in issues), 5)
        count("post-mortems", sum("Post-mortem" in one["title"] for one in issues))
        made = [one for one in self.shop.issues() if markers.of_incident(self.issue.number) in (one["body"] or "")]
        count("issues that the App opened for it", len(made), 6)
        for clock in REMINDED:
            count(f"reminders of {clock}", len(self.posts(f"reminder {clock}")))
        for place in (self.issue, self.pull):
            marks = Counter(
                (markers.found(one["body"]), markers.alarm(one["body"]))
                for one in place.comments()
                if markers.found(one["body"])
            )
            found += [f"{place} has {mark} {times} times" for mark, times in marks.items() if times > 1]
        lines = [line for line in self.status().splitlines() if line.startswith("- [ ] ")]
        found += [f"not ticked at the end: {line}" for line in lines if not line[6:].startswith(UNTICKED)]
        count("lines that nobody ticks here", len(lines), len(UNTICKED))
        count("open incidents", int(self.issue.state == "open"), 0)
        return found
