"""The `commits` rule."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from hotfix import message
from hotfix.facts import Commit, Facts
from hotfix.finding import Finding, Status
from hotfix.remedies import rebase
from hotfix.rules.commits import RULE, CommitsOptions
from tests.unit.factories import MESSAGE, PUSH, TAG_SHA, a_commit, a_facts

FIRST = "a" * 40


def evaluate(facts: Facts) -> Finding:
    return RULE.evaluate(facts, CommitsOptions())


def with_commits(*commits: Commit) -> Facts:
    return a_facts(commits=commits)


def test_commits_in_the_format_pass() -> None:
    assert evaluate(with_commits(a_commit(sha=FIRST), a_commit())).status is Status.PASSED


def test_the_last_commit_is_amended_with_what_is_known() -> None:
    """The message is filled in from the spec and the pull request."""
    finding = evaluate(with_commits(a_commit(message="reject expired sessions\n\nThey were accepted.\n")))
    assert finding.status is Status.FAILED
    assert finding.commands == ("git commit --amend --only --allow-empty", PUSH)
    assert finding.suggestion.startswith(
        "hotfix: reject expired sessions\n\nThey were accepted.\n\nFixes #7\nSeverity: P0\n"
    )
    assert "\nRollback: git revert the commit, deploy v1.2.3\n" in finding.suggestion
    assert all(p.placeholder for p in message.problems(finding.suggestion))
    assert any("`Rollback:` is missing" in d for d in finding.details)


def test_each_missing_line_is_reported_with_its_commit() -> None:
    first = a_commit(sha=FIRST, message=MESSAGE.replace("Severity: P0\n", ""))
    finding = evaluate(with_commits(first, a_commit(message=MESSAGE.replace("Fixes #7\n", ""))))
    assert finding.details == (
        "aaaaaaa “hotfix: reject expired sessions”: the line `Severity:` is missing",
        "2222222 “hotfix: reject expired sessions”: the line `Fixes <issue>` is missing",
    )
    assert finding.suggestion == f"# aaaaaaa\n{MESSAGE}\n# 2222222\n{MESSAGE}"


def test_the_other_commits_are_counted_in_words() -> None:
    bad = [a_commit(sha=str(n) * 40, message="wip") for n in range(1, 4)]
    assert evaluate(with_commits(*bad[:1])).message.startswith("In commit 1111111, ")
    assert evaluate(with_commits(*bad[:2])).message.startswith("In commit 1111111 (and the other commit), ")
    assert evaluate(with_commits(*bad)).message.startswith("In commit 1111111 (and the other 2 commits), ")
    good = a_commit(sha="a" * 40)
    assert evaluate(with_commits(*bad[:2], good)).message.startswith("In commit 1111111 (and 1 of the other 2 commits)")


def test_the_same_problem_of_one_commit_is_named_once() -> None:
    changes = "Changes:\n- a.py: [specific change]\n- b.py: [specific change]\n"
    head, _, rest = MESSAGE.partition("Changes:\n")
    finding = evaluate(with_commits(a_commit(message=head + changes + rest[rest.index("\nTested") + 1 :])))
    assert finding.message.count("`Changes:`") == 1
    assert len(finding.details) == 1


def test_an_earlier_commit_is_reworded() -> None:
    finding = evaluate(with_commits(a_commit(sha=FIRST, message="wip"), a_commit()))
    assert finding.commands == ("git rebase --autostash -i --autosquash v1.2.3 hotfix/expired-sessions", PUSH)
    assert "reword" in finding.remediation


def test_a_fixup_commit_is_squashed() -> None:
    finding = evaluate(with_commits(a_commit(sha=FIRST), a_commit(message="fixup! hotfix: reject expired sessions")))
    assert finding.status is Status.FAILED
    assert finding.commands == ("git rebase --autostash -i --autosquash v1.2.3 hotfix/expired-sessions", PUSH)
    assert finding.suggestion == ""


def test_a_merge_is_replayed_without_what_it_brought() -> None:
    merge = a_commit(parents=(FIRST, "b" * 40))
    foreign = a_commit(sha="b" * 40, message="feat: dark mode")
    facts = with_commits(a_commit(sha=FIRST), foreign, merge)
    branches = replace(facts.branches, long_lived=(replace(facts.branches.long_lived[0], foreign=("b" * 40,)),))
    facts = replace(facts, branches=branches)
    assert facts.production
    finding = evaluate(facts)
    assert finding.status is Status.FAILED
    assert finding.commands == rebase.published(facts, rebase.commands(facts, facts.production))
    assert not any("origin/main" in command for command in finding.commands)
    assert not any("dark mode" in d for d in finding.details)


def test_a_merge_of_another_branch_is_replayed_on_the_tag() -> None:
    finding = evaluate(with_commits(a_commit(parents=(TAG_SHA, FIRST))))
    assert f"git rebase --autostash --onto v1.2.3 {TAG_SHA[:12]} hotfix/expired-sessions" in finding.commands


def test_without_a_release_the_branchs_first_parent_is_the_start() -> None:
    facts = replace(with_commits(a_commit(sha=FIRST, message="wip"), a_commit()), production=None)
    branch = "hotfix/expired-sessions"
    assert evaluate(facts).commands[0] == f"git rebase --autostash -i --autosquash {TAG_SHA} {branch}"
    rootless = replace(facts, commits=(a_commit(sha=FIRST, message="wip", parents=()), a_commit()))
    assert evaluate(rootless).commands[0] == f"git rebase --autostash -i --autosquash --root {branch}"


def test_a_branch_without_a_commit_gets_a_message_to_fill_in() -> None:
    finding = evaluate(with_commits())
    assert finding.status is Status.FAILED
    assert "Fixes #7\nSeverity: P0\n" in finding.suggestion
    assert "\nRollback: git revert the commit, deploy v1.2.3\n" in finding.suggestion


def test_commits_that_could_not_all_be_read_do_not_pass() -> None:
    missing = MappingProxyType({"commits": "GitHub lists 250 commits at most."})
    assert evaluate(replace(a_facts(), missing=missing)).status is Status.UNKNOWN
    assert evaluate(replace(with_commits(), missing=missing)).status is Status.UNKNOWN
    assert evaluate(replace(with_commits(a_commit(message="wip")), missing=missing)).status is Status.FAILED
