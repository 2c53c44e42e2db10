"""`hotfix judge` on the simulated GitHub reads, but never writes."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Clone
from tests.github import GitHub
from tests.github.acme import Acme


@pytest.fixture
def user(clone: Clone, github: GitHub, acme: Acme) -> Clone:
    """Return a clone with a tech lead's personal token in its environment."""
    return Clone(
        clone.path, {**clone.environment, "HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.lead.token}
    )


def writes(github: GitHub) -> list[str]:
    """Return the REST calls that change something; GraphQL queries are POST requests as well."""
    calls = github.calls_of("user")
    assert calls
    return [call.operation for call in calls if call.method != "GET" and call.path.startswith("/repos")]


def test_a_pull_request_is_evaluated_and_nothing_is_posted(user: Clone, github: GitHub, acme: Acme) -> None:
    pull = acme.hotfix()
    github.forget()
    waiting = user.hotfix("judge", f"acme/shop#{pull.number}")
    assert waiting.status == 1, waiting
    assert waiting.out.endswith("This hotfix is pending: 1 of 13 rules is pending: review.\n")
    assert writes(github) == []
    acme.lead.review(pull, "APPROVE")
    github.forget()
    passing = user.hotfix("judge", f"{github.url}/acme/shop/pull/{pull.number}/files", "--format", "json")
    assert passing.status == 0, passing
    assert passing.json["conclusion"] == "pass"
    assert passing.json["pull"] == pull.number
    assert writes(github) == []
    assert acme.shop.checks(pull.head_sha) == []


def test_what_prevents_an_evaluation_is_one_sentence(user: Clone, github: GitHub, acme: Acme) -> None:
    nothing = user.hotfix("judge", "acme/shop#999").sentence()
    assert "acme/shop#999" in nothing
    assert nothing.endswith("check the name and the token's permissions.")
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        stranger = Clone(user.path, {**user.environment, "GITHUB_TOKEN": "", "GH_TOKEN": "", name: "nonsense"})
        refused = stranger.hotfix("judge", "acme/shop#1").sentence()
        assert "nonsense" not in refused
        assert refused.endswith(f": set {name} to a valid one.")
    github.outage = 503
    assert user.hotfix("judge", "acme/shop#1").sentence().startswith("GitHub could not be asked about acme/shop#1: ")
    github.outage = False
    github.ignore_violations()


def test_it_needs_a_token_and_the_name_of_a_pull_request(clone: Clone) -> None:
    assert "set GITHUB_TOKEN" in clone.hotfix("judge", "acme/shop#1").sentence()
    assert "OWNER/REPO#NUMBER" in clone.hotfix("judge", "acme/shop").sentence()
    assert clone.hotfix("judge", "https://ghe.example.com/a/b/pull/1").sentence() == (
        "ghe.example.com is another GitHub: set HOTFIX_GITHUB_API_URL=https://ghe.example.com/api/v3."
    )
    reported = clone.hotfix("judge", "acme/shop#1", "--format", "json")
    assert (reported.status, reported.json["conclusion"], reported.json["findings"]) == (2, "unknown", [])
    assert reported.err == f"hotfix: {reported.json['note']}\n"
    assert "::error title=hotfix%3A no verdict::" in clone.hotfix("judge", "acme/shop", "--format", "github").out
    odd = Clone(clone.path, {**clone.environment, "HOTFIX_GITHUB_API_URL": "ghe.example.com"})
    assert "must be a web address" in odd.hotfix("judge", "a/b#1").sentence()
    away = {"HOTFIX_GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": "x"}
    sentence = Clone(clone.path, {**clone.environment, **away}).hotfix("judge", "a/b#1").sentence()
    assert sentence.startswith("GitHub could not be asked about a/b#1: GitHub (127.0.0.1:1) can't be reached: ")
