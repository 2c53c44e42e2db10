"""`hotfix report` and `hotfix status` on the simulated GitHub: both read the figures and write nothing."""

from __future__ import annotations

import csv
import io
import sys
import time
from xml.etree import ElementTree

import pytest

from hotfix.life.words import markers
from tests.cli.conftest import Clone
from tests.cli.terminal import Terminal
from tests.github import GitHub
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG, Acme

FORM = "### Severity\n\nP0\n\n### Category\n\nAPI endpoint down\n\n### What is broken\n\nEvery order fails.\n"


@pytest.fixture
def commander(clone: Clone, github: GitHub, acme: Acme) -> Clone:
    """Create a declared incident and one whose fix is in production; return a clone with the commander's token."""
    acme.dev.report(acme.shop, "Login fails", FORM)
    issue = acme.dev.report(acme.shop, "Checkout fails", FORM)
    message, body = (text.replace("#7", f"#{issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
    pull = acme.hotfix(FIX, message, body, GOOD_TITLE, at=TAG)
    github.clock.advance(600)
    acme.shop.tag("v1.2.4-hotfix.1", at=pull.head_sha, pusher=acme.admin)
    acme.admin.deploy(acme.shop, "v1.2.4-hotfix.1", "production", "success")
    environment = {**clone.environment, "HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.commander.token}
    return Clone(clone.path, environment)


def test_figures_come_in_four_formats(commander: Clone, github: GitHub) -> None:
    month = f"{github.clock.now():%Y-%m}"
    text = commander.hotfix("report", "acme/shop")
    assert text.status == 0, text
    rows = dict(line.strip().rsplit("  ", 1) for line in text.out.splitlines()[1:])
    assert {name.strip(): value.strip() for name, value in rows.items()}["incidents"] == "2"
    assert f"hotfixes in {month}" in text.out
    figures = commander.hotfix("report", "acme/shop", "--format", "json").json
    assert (figures["incidents"], figures["hotfixes"], figures["rollbacks"]) == (2, 1, 0)
    assert figures["within_sla"] == {"kept": 1, "of": 1}
    assert figures["months"] == {month: 1}
    assert 600 <= figures["median_seconds"]["production"] < 700
    assert figures["median_seconds"]["review"] is None, "nobody reviewed: not 0 s"
    table = list(csv.reader(io.StringIO(commander.hotfix("report", "acme/shop", "--format", "csv").out)))
    assert table[0] == ["figure", "value"]
    assert ["hotfixes in production", "1"] in table
    assert ["median seconds to review", ""] in table
    assert {"within SLA", "with an SLA"} <= {name for name, _ in table}
    assert all(value == "" or float(value) >= 0 for _, value in table[1:]), table
    drawn = ElementTree.fromstring(commander.hotfix("report", "acme/shop", "--format", "svg").out)
    assert drawn.tag.endswith("svg")
    assert month in "".join(drawn.itertext())


def test_only_incidents_since_then_count(commander: Clone) -> None:
    time.sleep(1.1)
    assert commander.hotfix("report", "acme/shop", "--since", "1s", "--format", "json").json["incidents"] == 0
    empty = commander.hotfix("report", "acme/shop", "--since", "1s")
    assert empty.out == "No incident of acme/shop was declared in that time.\n"
    sentence = commander.hotfix("report", "acme/shop", "--since", "soon").sentence()
    assert sentence.startswith("--since: ")


def test_the_terminal_shows_where_an_incident_stands(commander: Clone, github: GitHub, acme: Acme) -> None:
    both = commander.hotfix("status", "acme/shop").out
    assert "acme/shop#1: Login fails" in both
    for number in (1, 2):
        assert f"\nPost /hotfix commands as comments on acme/shop#{number}.\n" in both
    shown = commander.hotfix("status", "acme/shop#2")
    assert (shown.status, "stage watching" in shown.out) == (0, True), shown
    assert "[x] Deployment successful" in shown.out
    both = (
        commander.hotfix("status", "acme/shop#1").out + commander.hotfix("status", f"{github.url}/acme/shop/pull/3").out
    )
    assert "stage declared" in both
    assert "Checkout fails" in both
    other = acme.dev.open_issue(acme.shop, "Add a wish list", "")["number"]
    assert (
        commander.hotfix("status", f"acme/shop#{other}").out
        == f"acme/shop#{other} is not an incident and fixes none.\n"
    )
    assert "acme/shop has no issue or pull request #999" in commander.hotfix("status", "acme/shop#999").sentence()


def test_the_terminal_shows_what_the_app_sent(commander: Clone, github: GitHub, acme: Acme) -> None:
    """Only the service knows its messages, so it keeps them in the status comment."""
    path, ids = f"{acme.shop.path}/issues/1/comments", markers.refs({"sent channel": "declared=1772334000"})
    body = {"body": f"P0 {markers.marker(markers.STATUS)}\n\n{ids}"}
    acme.github.rest("POST", path, acme.dev.token, body)
    before = commander.hotfix("status", "acme/shop#1", "--verbose").out
    assert "in this issue, as no Slack channel is connected" in " ".join(before.split())
    acme.github.rest("POST", path, acme.installation.token(), body)
    after = commander.hotfix("status", "acme/shop#1", "--verbose").out
    assert "[x] Incident declared in #incidents - at 2026-03-01 03:00 UTC\n" in after


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_life_fits_the_terminal(commander: Clone) -> None:
    with Terminal(commander, ["status", "acme/shop#2"]) as terminal:
        assert terminal.end() == 0
    lines = terminal.shown.rstrip("\n").split("\n")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40
    assert lines[1].startswith("P0 (critical)")
    with Terminal(commander, ["status", "acme/shop#2", "--verbose"]) as terminal:
        assert terminal.end() == 0
    assert "earlier entr" not in terminal.shown


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_watched_life_is_shown_again_when_it_changes(clone: Clone, github: GitHub, acme: Acme) -> None:
    issue = acme.dev.report(acme.shop, "Login fails", FORM)
    environment = {**clone.environment, "HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.commander.token}
    with Terminal(Clone(clone.path, environment), ["status", f"acme/shop#{issue.number}", "--watch"]) as terminal:
        terminal.expect("stage declared")
        terminal.expect("Timeline")
        message, body = (text.replace("#7", f"#{issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
        pull = acme.hotfix(FIX, message, body, GOOD_TITLE, at=TAG)
        terminal.expect(f"Pull request #{pull.number} opened")
        terminal.interrupt("")
        assert terminal.end() != 0
    assert "Traceback" not in terminal.shown
