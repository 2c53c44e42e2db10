"""`back-merge` if rules restrict how branches are created, merged and deleted: merge queues, rulesets, signatures."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.action.commands.test_back_merge import open_pulls, pulls
from tests.action.conftest import Shop
from tests.github import Pull

CLASSIC, RULESET = False, True


@pytest.fixture
def tagged(shop: Shop) -> Shop:
    shop.pass_verdict()
    assert shop.do("tag").status == 0
    shop.repo.branch("develop", at="main")
    return shop


def brought(shop: Shop, **inputs: str) -> Pull:
    """Run the back-merge into develop and return its pull request."""
    done = shop.do("back-merge", into="develop", **inputs)
    assert done.status == 0, done.report.reason
    (found,) = pulls(done)
    made: Pull = shop.github.pull("acme/shop", found["number"])
    return made


# A merge queue


@pytest.mark.parametrize("auto_merge", [True, False], ids=["auto-merge allowed", "auto-merge not allowed"])
@pytest.mark.parametrize("ruleset", [CLASSIC, RULESET], ids=["classic", "ruleset"])
def test_a_merge_queue_gets_the_pull_request(tagged: Shop, auto_merge: bool, ruleset: bool) -> None:
    """The queue takes a pull request that is ready even if the repository does not allow auto-merge."""
    tagged.repo.update(allow_auto_merge=auto_merge)
    tagged.repo.protect("develop", required_checks=(), merge_queue=True, ruleset=ruleset)
    done = tagged.do("back-merge", into="develop", auto_merge="true")
    (found,) = pulls(done)
    made = tagged.github.pull("acme/shop", found["number"])
    assert "Add it to the merge queue of `develop`" in made.data["body"]
    assert f"#{made.number} is merged by the merge queue of develop" in done.report.timeline[-1].what
    assert not made.merged
    tagged.acme.lead.merge_queued(made)
    assert pulls(tagged.do("back-merge", into="develop")) == []


def test_a_queue_merges_once_the_checks_have_passed(tagged: Shop) -> None:
    tagged.repo.update(allow_auto_merge=True)
    tagged.repo.protect("develop", required_checks=("ci",), merge_queue=True, merge_methods=["squash"])
    made = brought(tagged, auto_merge="true")
    tagged.repo.set_check(made.head_sha, "ci")
    tagged.acme.lead.merge_queued(made)
    assert made.merged
    assert pulls(tagged.do("back-merge", into="develop")) == []


def test_what_the_queue_refuses_is_reported(tagged: Shop) -> None:
    """The required check is pending, so the queue refuses it, and the repository does not allow auto-merge."""
    tagged.repo.protect("develop", required_checks=("ci",), merge_queue=True)
    done = tagged.job().uses(command="back-merge", into="develop", auto_merge="true")
    assert done.outcome == "success"
    assert "is not merged automatically" in done.log
    assert 'Required status check "ci" is expected.' in done.log
    assert len(json.loads(done.outputs["pull-requests"])) == 1


# Linear history, merge methods, signatures


@pytest.mark.parametrize(
    ("rules", "how"),
    [
        ({"linear_history": True}, "Merge commits are not allowed in `develop`: squash or rebase it."),
        ({"linear_history": True, "ruleset": True}, "Merge commits are not allowed in `develop`: squash or rebase it."),
        ({"merge_methods": ["squash"], "ruleset": True}, "Merge commits are not allowed in `develop`: squash it."),
        ({"linear_history": True, "signatures": True}, "Merge commits are not allowed in `develop`: squash it."),
        ({"merge_methods": ["merge"], "linear_history": True, "ruleset": True}, "allow no merge method"),
        ({"merge_methods": ["merge", "squash"], "ruleset": True}, "Merge it with a merge commit"),
    ],
)
def test_the_body_says_how_the_branch_can_be_merged(tagged: Shop, rules: dict[str, object], how: str) -> None:
    tagged.repo.protect("develop", required_checks=(), **rules)
    assert how in brought(tagged).data["body"]


@pytest.mark.parametrize("pending", [True, False])
@pytest.mark.parametrize("rules", [{"linear_history": True}, {"merge_methods": ["rebase"], "ruleset": True}])
def test_auto_merge_takes_a_method_that_the_branch_allows(
    tagged: Shop, rules: dict[str, object], pending: bool
) -> None:
    """The repository allows merge commits and the branch does not, so they would be refused once the check passes."""
    tagged.repo.update(allow_auto_merge=True)
    tagged.repo.protect("develop", required_checks=("ci",) if pending else (), **rules)
    made = brought(tagged, auto_merge="true")
    if pending:
        tagged.repo.set_check(made.head_sha, "ci")
    assert made.merged
    assert pulls(tagged.do("back-merge", into="develop")) == []
    lines = tagged.repo.git("rev-list", "--merges", "main..develop")
    assert lines == ""


def test_unsigned_commits_are_squashed_for_signatures(tagged: Shop) -> None:
    """GitHub signs a squashed commit. It refuses the merge commit, since the hotfix's own commits are not signed."""
    tagged.repo.update(allow_auto_merge=True)
    tagged.repo.protect("develop", required_checks=(), signatures=True)
    assert brought(tagged, auto_merge="true").merged
    assert pulls(tagged.do("back-merge", into="develop")) == []


# Rulesets of branches


@pytest.mark.parametrize(
    "rule",
    [
        "Cannot create ref due to creations being restricted.",
        "Commits must have verified signatures.",
        "Branch name must match a given regex pattern: ^(feature|hotfix)/",
    ],
)
def test_a_refused_back_merge_branch_names_the_way_out(tagged: Shop, tmp_path: Path, rule: str) -> None:
    tagged.repo.restrict_refs("refs/heads/back-merge/", rule)
    done = tagged.do("back-merge", into="develop")
    assert (done.status, done.report.state, pulls(done)) == (1, "failure", [])
    assert rule in done.report.reason
    assert "Exclude 'back-merge/**' from the ruleset, or let the token's owner bypass it." in done.report.reason
    clone, command = tmp_path / "clone", done.report.reason.rpartition("run again: ")[2]
    subprocess.run(["git", "clone", "-q", tagged.repo.clone_url(tagged.acme.admin), clone], check=True)
    subprocess.run(command, shell=True, cwd=clone, check=True, capture_output=True)
    assert brought(tagged).head_sha == tagged.sha


def test_a_refused_branch_marks_nothing_as_paid(tagged: Shop) -> None:
    """The hotfix branch stays, and each run reports the branch that lacks the fix."""
    tagged.repo.restrict_refs("refs/heads/back-merge/")
    tagged.acme.lead.merge(tagged.pull)
    for _ in range(2):
        done = tagged.do("back-merge", into="main, develop")
        assert done.status == 1
        assert "develop: a ruleset refuses the branch back-merge/v1.2.4-hotfix.1-into-develop" in done.report.reason
    assert "refs/heads/hotfix/cart" in tagged.repo.refs()
    assert open_pulls(tagged) == []


def test_a_hotfix_branch_that_may_not_be_deleted_is_named(tagged: Shop) -> None:
    tagged.repo.restrict_refs("refs/heads/hotfix/", deletion=True)
    tagged.acme.lead.merge(tagged.pull)
    done = tagged.job().uses(command="back-merge")
    assert done.outcome == "success"
    assert "The branch hotfix/cart, which is no longer needed, could not be deleted" in done.log
    assert "refs/heads/hotfix/cart" in tagged.repo.refs()
