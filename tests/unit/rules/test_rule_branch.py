"""Messages and commands of the branch rule; its verdicts are compared with real git in tests/git."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from hotfix.evaluate import evaluate
from hotfix.facts import Branches, Facts, LongLived, Production
from hotfix.finding import Finding, Status
from hotfix.policy import Policy
from hotfix.production.explanations import unearned
from hotfix.rules.branch import BranchOptions, check
from hotfix.verdict import Conclusion
from tests.unit.factories import HEAD_SHA, PUSH, TAG_SHA, a_commit, a_facts, a_pull

FOREIGN = "f" * 40


def on(**changes: Any) -> Facts:
    return a_facts(branches=replace(a_facts().branches, **changes))


def evaluated(facts: Facts) -> Finding:
    return check(facts, BranchOptions())


def from_main(**changes: Any) -> Facts:
    commits = (
        a_commit(sha=FOREIGN, message="Add feature", parents=(TAG_SHA,)),
        a_commit(parents=(FOREIGN,)),
    )
    branches = replace(a_facts().branches, long_lived=(LongLived(name="main", foreign=(FOREIGN,)),))
    return replace(a_facts(commits=commits, branches=branches), **changes)


def test_a_sound_branch_passes() -> None:
    assert evaluated(a_facts()).status is Status.PASSED


def test_foreign_commits_are_named_with_a_rebase() -> None:
    """The rebase drops them."""
    finding = evaluated(from_main())

    assert finding.status is Status.FAILED
    assert finding.message == "the branch carries 1 commit of main that is not in v1.2.3: fffffff"
    assert finding.details == ("fffffff Add feature",)
    assert finding.commands == (
        "git fetch --tags",
        "git rebase --autostash --onto v1.2.3 ffffffffffff hotfix/expired-sessions",
        PUSH,
    )


def test_many_foreign_commits_are_counted() -> None:
    """The finding names only the first ones and gives the total."""
    shas = tuple(f"{n:040x}" for n in range(100, 130))
    chain = [a_commit(sha=sha, parents=(before,)) for before, sha in zip((TAG_SHA, *shas), shas, strict=False)]
    facts = from_main(commits=(*chain, a_commit(parents=(shas[-1],))))
    facts = replace(facts, branches=replace(facts.branches, long_lived=(LongLived(name="main", foreign=shas),)))

    finding = evaluated(facts)

    assert finding.message.startswith("the branch carries 30 commits of main")
    assert (len(finding.details), finding.more_details) == (10, 20)
    assert f"git rebase --autostash --onto v1.2.3 {shas[-1][:12]} hotfix/expired-sessions" in finding.commands


def test_git_finds_the_place_in_a_capped_list() -> None:
    """GitHub lists only the first commits, so the command finds the rest."""
    finding = evaluated(from_main(missing={"commits": "GitHub lists at most 250 commits."}))

    assert finding.status is Status.FAILED
    assert (
        'git rebase --autostash --onto v1.2.3 "$(git merge-base origin/main HEAD)" hotfix/expired-sessions'
        in finding.commands
    )


def test_a_capped_list_without_a_foreign_commit_does_not_pass() -> None:
    finding = evaluated(a_facts(missing={"commits": "GitHub lists at most 250 commits."}))

    assert (finding.status, finding.message) == (Status.UNKNOWN, "GitHub lists at most 250 commits.")


def test_a_branch_without_work_of_its_own_starts_again() -> None:
    finding = evaluated(replace(on(tag_is_ancestor=False, merge_base=HEAD_SHA), commits=()))

    assert finding.commands[-2] == (
        "git switch --detach refs/tags/v1.2.3 && "
        f"git rebase --autostash --onto HEAD {HEAD_SHA[:12]} hotfix/expired-sessions"
    )
    assert "cherry-pick the commits of the fix" in finding.remediation


def test_a_branch_that_is_merged_already_is_left_where_it_is() -> None:
    finding = evaluated(from_main(commits=(a_commit(sha=FOREIGN, message="Add feature"),), head_sha=FOREIGN))

    assert (finding.status, finding.commands) == (Status.FAILED, ())
    assert finding.message == "the branch is already merged into main: it has no commit of its own"
    assert finding.remediation.startswith(
        "if production lacks the fix, start a new branch with `hotfix start` and cherry-pick it"
    )


def test_a_production_tag_that_is_not_in_the_branch() -> None:
    old = "3" * 40
    facts = replace(on(tag_is_ancestor=False, merge_base=old), commits=(a_commit(parents=(old,)),))

    finding = evaluated(facts)

    assert finding.status is Status.FAILED
    assert "does not contain v1.2.3, which is in production now" in finding.message
    assert "git rebase --autostash --onto v1.2.3 333333333333 hotfix/expired-sessions" in finding.commands


def test_without_a_production_tag_the_verdict_is_unknown() -> None:
    assert evaluated(a_facts(production=None)).status is Status.UNKNOWN
    missing = evaluated(a_facts(production=None, missing={"production": "The clone has no tags: git fetch --tags"}))
    assert missing.message == "The clone has no tags: git fetch --tags"


def test_what_is_not_known_of_the_branches_does_not_pass() -> None:
    assert evaluated(on(tag_is_ancestor=None)).status is Status.UNKNOWN
    missing = evaluated(replace(a_facts(), missing={"branches": "develop could not be compared."}))
    assert (missing.status, missing.message) == (Status.UNKNOWN, "develop could not be compared.")


def test_a_wrong_name_needs_a_new_pull_request() -> None:
    finding = evaluated(on(head="fix/expired sessions;rm"))

    assert finding.status is Status.FAILED
    assert finding.message == "the branch is named fix/expired sessions;rm, not hotfix/*"
    assert finding.commands[0] == "git branch --move 'fix/expired sessions;rm' hotfix/expired-sessions-rm"
    assert finding.commands[1] == "git push --set-upstream origin hotfix/expired-sessions-rm"
    assert finding.commands[2].startswith(
        "gh pr create --repo acme/shop --head hotfix/expired-sessions-rm --base main --label hotfix"
    )
    assert finding.commands[3] == "gh pr close 42 --repo acme/shop"


def test_a_long_lived_branch_is_never_rebased_or_renamed() -> None:
    facts = from_main()
    finding = evaluated(replace(facts, branches=replace(facts.branches, head="main")))

    assert finding.status is Status.FAILED
    assert finding.commands == ("hotfix start fix", "git cherry-pick 222222222222")


def test_a_wrong_base_is_edited() -> None:
    finding = evaluated(on(base="develop"))

    assert finding.message == "it goes to develop, not to main"
    assert finding.commands == ("gh pr edit 42 --repo acme/shop --base main",)


def test_everything_wrong_is_reported_at_once() -> None:
    facts = from_main()
    branches: Branches = replace(facts.branches, head="fix-it", base="develop", head_patterns=("hotfix/*", "urgent"))

    finding = evaluated(replace(facts, branches=branches))

    assert finding.message.count(";") == 2
    assert [command.split()[1] for command in finding.commands] == [
        "fetch",
        "rebase",
        "fetch",
        "branch",
        "push",
        "pr",
        "pr",
    ]
    assert "--base main" in finding.commands[5]


def test_a_local_clone_has_no_pull_request_to_fix() -> None:
    finding = evaluated(replace(from_main(pull=None, repo=""), head_sha=HEAD_SHA))

    assert finding.commands == ("git rebase --autostash --onto v1.2.3 ffffffffffff hotfix/expired-sessions",)


def test_labels_and_title_of_the_new_pull_request_are_quoted() -> None:
    facts = replace(on(head="x"), pull=a_pull(title="HOTFIX: it's $(bad)", labels=("a b",)))

    assert "--label 'a b' --title 'HOTFIX: it'\"'\"'s $(bad)'" in evaluated(facts).commands[2]


def test_an_unknown_baseline_lists_the_ways_out() -> None:
    """Each option says who can use it."""
    why = unearned(Production(tag="v9.9.9", sha="9" * 40), "its release", "main")
    finding = evaluated(a_facts(missing={"production": why}, production=None))
    assert finding.status is Status.UNKNOWN
    assert "anyone with write access can create deployments, tags and releases" in finding.message
    assert "`production: {trust: write}`" in finding.message, (
        "what reads the message alone learns of the line of policy"
    )
    assert finding.remediation == "do the first of these that applies"
    assert len(finding.details) == 4
    assert all(re.search("whoever may change|administrator|anyone with write", line) for line in finding.details)


@pytest.mark.parametrize("level", ["block", "warn", "off"])
def test_an_unknown_baseline_is_never_a_pass(level: str) -> None:
    """This holds at every rule level: all other rules depend on what runs in production."""
    policy = Policy.model_validate({"rules": {"branch": level}})
    facts = a_facts(missing={"production": "v9.9.9 may not be what runs in production"})

    verdict = evaluate(facts, policy)

    found = next(result for result in verdict.findings if result.rule == "branch")
    assert (found.status, found.finding.message) == (Status.UNKNOWN, "v9.9.9 may not be what runs in production")
    assert verdict.conclusion not in (Conclusion.PASS, Conclusion.PENDING)


@pytest.mark.parametrize(
    ("head_repo", "fetch"),
    [
        ("Acme/Shop", "git fetch --tags"),
        ("dev/shop", "git fetch https://github.com/acme/shop --tags"),
        (None, "git fetch https://github.com/acme/shop --tags"),
    ],
)
def test_the_tag_is_fetched_from_where_it_was_made(head_repo: str | None, fetch: str) -> None:
    """The origin of the author's clone may be a fork, which lacks tags created since."""
    facts = from_main(pull=a_pull(head_repo=head_repo))
    assert evaluated(facts).commands[0] == fetch
