"""Whether a long-lived branch contains a fix is read from the branch, also after its back-merge was merged."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.read.life.life_reading import read_life
from hotfix.life.record import BackMergeStatus
from tests.contract.conftest import Service
from tests.github import Issue, Pull
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, Acme

FORM = "### Severity\n\nP0\n\n### What is broken\n\nEvery order fails.\n"


@pytest.fixture
def issue(acme: Acme) -> Issue:
    return acme.dev.report(acme.shop, "Checkout fails", FORM, labels=["incident"])


@pytest.fixture
def pull(acme: Acme, issue: Issue) -> Pull:
    message, body = (text.replace("#7", f"#{issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
    return acme.hotfix(message=message, body=body)


def carried(service: Service, issue: Issue) -> BackMergeStatus:
    """Return the state of the incident's back-merge to main."""
    app = service.acme.app
    reading = read_life(
        service.client, service.caches, "acme/shop", issue.number, now=service.now, app=app.id, slug=app.slug
    )
    assert reading.record is not None
    (found,) = reading.record.carried
    return found


def push_over(acme: Acme, sha: str) -> None:
    """Force-push main."""
    path = f"{acme.shop.path}/git/refs/heads/main"
    assert acme.github.rest("PATCH", path, token=acme.admin.token, body={"sha": sha, "force": True}).ok


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_back_merge_that_was_pushed_over_is_open_again(
    service: Service, acme: Acme, issue: Issue, pull: Pull, method: str
) -> None:
    before = acme.shop.sha("main")
    acme.lead.merge(pull, method=method)
    found = carried(service, issue)
    assert (found.contains, found.pull, found.by) == (True, pull.number, "lead")
    push_over(acme, before)
    found = carried(service, issue)
    assert (found.contains, found.pull) == (False, None)


@pytest.mark.parametrize("pushed_over", [False, True])
def test_a_squashed_fix_below_many_commits_is_found(
    service: Service, acme: Acme, issue: Issue, pull: Pull, pushed_over: bool
) -> None:
    """The last 50 commits of the branch come with the answer; what lies below them is compared, once for each tip."""
    before = acme.shop.sha("main")
    acme.lead.merge(pull, method="squash")
    if pushed_over:
        push_over(acme, before)
    more: list[dict[str, Any]] = [
        {"files": {"src/count.py": f"COUNT = {at}\n"}, "message": f"Count to {at}", "author": acme.other}
        for at in range(51)
    ]
    acme.shop.commits("main", more)
    for comparisons in (1, 0):
        acme.github.forget()
        assert carried(service, issue).contains is not pushed_over
        assert sum("/compare/" in call.path for call in service.calls()) == comparisons


@pytest.mark.parametrize("subject", ["hotfix: cap discounts at the price (#12)", "Port the cap of discounts (#12)"])
def test_a_port_that_github_squashed_counts(
    service: Service, acme: Acme, issue: Issue, pull: Pull, subject: str
) -> None:
    """GitHub appends the pull request's number to the subject, which can be its title instead of the commit's."""
    assert carried(service, issue).contains is False
    acme.shop.commit("main", FIX, message=subject, author=acme.other)
    found = carried(service, issue)
    assert (found.contains, found.by) == (True, "other")


def test_another_change_of_the_same_size_does_not_count(service: Service, acme: Acme, issue: Issue, pull: Pull) -> None:
    files = {name: text.replace("min(", "max(") for name, text in FIX.items()}
    acme.shop.commit("main", files, message="Cap discounts", author=acme.other)
    assert carried(service, issue).contains is False


def test_a_pick_that_was_reverted_does_not_count(service: Service, acme: Acme, issue: Issue, pull: Pull) -> None:
    before = {name: acme.shop.read(name, "main") for name in FIX}
    picked = acme.shop.commit("main", FIX, message=GOOD_MESSAGE, author=acme.other)
    assert carried(service, issue).contains
    revert = acme.shop.commit("main", before, message=f"Revert\n\nThis reverts commit {picked}.", author=acme.other)
    assert carried(service, issue).contains is False
    acme.shop.commit("main", FIX, message=f"Reapply\n\nThis reverts commit {revert}.", author=acme.other)
    assert carried(service, issue).contains


@pytest.mark.parametrize("method", ["merge", "squash", "rebase", "by hand"])
@pytest.mark.parametrize("again", ["the revert is reverted", "a cherry-pick"])
def test_a_back_merge_that_was_reverted_does_not_count(
    service: Service, acme: Acme, issue: Issue, pull: Pull, method: str, again: str
) -> None:
    """A merged branch still contains the fix's commits then, and a squashed one the commit of its pull request."""
    before = {name: acme.shop.read(name, "main") for name in FIX}
    if method == "by hand":
        parents = [acme.shop.sha("main"), pull.head_sha]
        acme.shop.commit("main", FIX, message="Merge hotfix/cart", parents=parents, author=acme.lead)
    else:
        acme.lead.merge(pull, method=method)
    assert carried(service, issue).contains
    merge = acme.shop.sha("main")
    revert = acme.shop.commit("main", before, message=f"Revert\n\nThis reverts commit {merge}, so", author=acme.other)
    assert carried(service, issue).contains is False
    message = f"Reapply\n\nThis reverts commit {revert}." if "reverted" in again else GOOD_MESSAGE
    acme.shop.commit("main", FIX, message=message, author=acme.other)
    assert carried(service, issue).contains


def test_the_fix_s_own_commit_may_be_reverted(service: Service, acme: Acme, issue: Issue, pull: Pull) -> None:
    before = {name: acme.shop.read(name, "main") for name in FIX}
    acme.lead.merge(pull, method="merge")
    acme.shop.commit("main", before, message=f"Revert\n\nThis reverts commit {pull.head_sha}.", author=acme.other)
    assert carried(service, issue).contains is False


def test_a_revert_of_the_next_hotfix_leaves_this_one(service: Service, acme: Acme, issue: Issue, pull: Pull) -> None:
    """The next hotfix begins at this one, so its first commit has this fix as its parent, as a merge has."""
    acme.lead.merge(pull, method="merge")
    acme.shop.branch("hotfix/next", at=pull.head_sha)
    following = acme.shop.commit("hotfix/next", {"src/next.py": "x = 1\n"}, message=GOOD_MESSAGE, author=acme.dev)
    parents = [acme.shop.sha("main"), following]
    acme.shop.commit("main", {"src/next.py": "x = 1\n"}, message="Merge", parents=parents, author=acme.lead)
    revert = f"Revert\n\nThis reverts commit {following}."
    acme.shop.commit("main", {"src/next.py": None}, message=revert, author=acme.other)
    assert carried(service, issue).contains
