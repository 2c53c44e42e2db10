"""The `one-thing` rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfix.facts import Change, Facts
from hotfix.finding import Finding, Status
from hotfix.rules.one_thing import RULE, OneThingOptions
from tests.unit.factories import BODY, MESSAGE, PUSH, a_commit, a_facts, a_file, a_pull


def evaluate(facts: Facts) -> Finding:
    return RULE.evaluate(facts, OneThingOptions())


def a_spec(text: str) -> tuple[object, ...]:
    return (a_file("specs/hotfix-x.md", change=Change.ADDED, after=text),)


def test_a_sound_hotfix_passes() -> None:
    finding = evaluate(a_facts())
    assert (finding.status, finding.message) == (Status.PASSED, "One thing is fixed: #7")


@pytest.mark.parametrize(
    "ref",
    ["acme/shop#7", "https://github.com/acme/shop/issues/7", "[the issue](https://github.com/Acme/Shop/issues/7)"],
)
def test_the_same_issue_may_be_written_otherwise(ref: str) -> None:
    assert evaluate(a_facts(pull=a_pull(body=BODY.replace("#7", ref)))).status is Status.PASSED


def test_a_pull_request_for_another_issue_fails() -> None:
    finding = evaluate(a_facts(pull=a_pull(body=BODY.replace("Fixes #7", "Fixes #8"))))
    assert finding.status is Status.FAILED
    assert finding.details == ("the pull request names #8", "commit 2222222 names #7")
    assert finding.remediation.startswith("Keep the one issue that the change fixes, and name only that one")
    most = evaluate(a_facts(commits=(a_commit(), a_commit(sha="a" * 40)), pull=a_pull(body=BODY.replace("#7", "#8"))))
    assert most.remediation.startswith("Keep the one issue that the change fixes (most often named: #7), and")


def test_commits_for_two_issues_fail() -> None:
    other = a_commit(sha="a" * 40, message=MESSAGE.replace("#7", "#8"))
    finding = evaluate(a_facts(commits=(a_commit(), other)))
    assert finding.status is Status.FAILED
    assert finding.commands == ("git rebase --autostash -i v1.2.3 hotfix/expired-sessions", PUSH)
    last = evaluate(a_facts(commits=(replace(other, message=MESSAGE), a_commit(message=other.message))))
    assert last.commands == ("git commit --amend --only --allow-empty", PUSH)


def test_two_issues_in_one_commit_fail() -> None:
    assert evaluate(a_facts(commits=(a_commit(message=MESSAGE.replace("#7", "#7, #8")),))).status is Status.FAILED


def test_a_spec_file_for_another_issue_fails_at_its_line() -> None:
    finding = evaluate(a_facts(files=a_spec("# HOTFIX: x\n\nFixes #8\n")))
    assert finding.status is Status.FAILED
    assert [(p.path, p.line) for p in finding.locations] == [("specs/hotfix-x.md", 3)]


def test_what_is_only_mentioned_does_not_count() -> None:
    body = BODY + "- [ ] Permanent fix: closes #9\n\n"
    body = body.replace(
        "The expiry is not checked.", "Broken by #3, like #4. `fixes #5`\n> fixes #6\n<!-- fixes #7 -->"
    )
    assert evaluate(a_facts(pull=a_pull(body=body))).status is Status.PASSED


def test_an_incident_next_to_the_issue_is_the_same_thing() -> None:
    body = BODY.replace("Fixes #7", "Incident: https://acme.pagerduty.com/incidents/Q1\nFixes #7")
    assert evaluate(a_facts(pull=a_pull(body=body))).status is Status.PASSED


def test_places_that_name_nothing_do_not_disagree() -> None:
    assert evaluate(a_facts(pull=a_pull(body=BODY.replace("Fixes #7", "")))).status is Status.PASSED


def test_nothing_named_anywhere_fails() -> None:
    facts = a_facts(pull=a_pull(body=""), commits=(a_commit(message="hotfix: x"),))
    assert evaluate(facts).status is Status.FAILED


def test_a_clone_is_evaluated_by_commits_and_spec() -> None:
    assert evaluate(a_facts(pull=None)).status is Status.PASSED
    assert evaluate(a_facts(pull=None, files=a_spec("Fixes #8"))).status is Status.FAILED


def test_a_clone_without_a_remote_knows_its_own_issues() -> None:
    files = a_spec("Fixes https://github.com/acme/shop/issues/7")
    assert evaluate(a_facts(pull=None, repo="", files=files)).status is Status.PASSED


def test_foreign_commits_are_the_branch_rules() -> None:
    facts = a_facts()
    foreign = a_commit(sha="a" * 40, message="feat: x\n\nFixes #1")
    main = facts.branches.long_lived[0]
    from dataclasses import replace

    branches = replace(facts.branches, long_lived=(replace(main, foreign=(foreign.sha,)),))
    assert evaluate(replace(facts, commits=(foreign, *facts.commits), branches=branches)).status is Status.PASSED


@pytest.mark.parametrize("host", ["gitlab.com", "git.acme.test", "github.com.acme.test"])
def test_the_same_name_on_another_host_is_another_issue(host: str) -> None:
    facts = a_facts(commits=(a_commit(message=MESSAGE.replace("#7", f"https://{host}/acme/shop/issues/7")),))
    finding = evaluate(facts)
    assert finding.status is Status.FAILED
    assert f"https://{host}/acme/shop/issues/7" in finding.message
    assert evaluate(replace(facts, host=host)).status is Status.PASSED


@pytest.mark.parametrize("struck", ["~~Fixes #8~~", "Fixes ~~#8~~ #7", "~~Fixes #8 by `a.py`~~"])
def test_an_issue_that_is_struck_through_is_not_fixed(struck: str) -> None:
    facts = a_facts(pull=a_pull(body=BODY.replace("Fixes #7", f"{struck}\n\nFixes #7")))
    assert evaluate(facts).status is Status.PASSED
    kept = a_facts(pull=a_pull(body=BODY.replace("Fixes #7", "Fixes #8 `~~` and `~~`\n\nFixes #7")))
    assert evaluate(kept).status is Status.FAILED
