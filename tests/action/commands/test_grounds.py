"""Requirements for a production deployment: a current pass, reported by this App, for the head of a pull request."""

from __future__ import annotations

import pytest

from tests.action.conftest import Shop
from tests.github.acme import FIX, GOOD_BODY


def unreviewed(shop: Shop) -> str:
    """Return a commit that is not the head of any pull request."""
    files = {"src/unreviewed.py": "x = 1\n"}
    sha: str = shop.repo.commit("wip", files, message="wip", at="v1.2.3", author=shop.acme.dev, pusher=shop.acme.dev)
    return sha


def staged(shop: Shop, sha: str) -> None:
    assert shop.do("deploy", {"sha": sha}, environment="staging", run="true").status == 0


def refused(shop: Shop, sha: str, words: str, state: str = "refused") -> None:
    """Assert that this commit gets no tag, no deployment to production, and not even the first command of `ship`."""
    ship = shop.inputs(run="touch $HOME/ran")
    for command, inputs in (
        ("tag", {}),
        ("deploy", {"environment": "production", **shop.inputs()}),
        ("ship", ship),
    ):
        done = shop.do(command, {"sha": sha}, **inputs)
        assert (done.report.state, words in done.report.reason) == (state, True), (command, done.report.reason)
    assert shop.app.routes == {"v1.2.3": 100}
    assert [tag for tag in shop.repo.tags() if "hotfix" in tag] == []


def test_nothing_of_an_unreviewed_commit_runs_in_ship(shop: Shop) -> None:
    sha = unreviewed(shop)
    job = shop.job(sha=sha)
    done = job.uses(command="ship", sha=sha, run="touch ran", rollback_run="true", retry_for="5s")
    assert done.outputs["state"] == "refused"
    assert job.workspace is not None
    assert not (job.workspace / "ran").exists()
    assert shop.deployments("staging") == []


def test_another_apps_check_is_not_a_ground(shop: Shop) -> None:
    other = shop.github.create_app("ci", permissions={"checks": "write", "metadata": "read"}, owner=shop.acme.org)
    token = shop.github.install(other, "acme").token()
    sha = unreviewed(shop)
    passes = {
        "name": "hotfix",
        "status": "completed",
        "conclusion": "success",
        "output": {"title": "ok", "summary": ""},
    }
    for commit in (sha, shop.sha):
        body = {**passes, "head_sha": commit}
        assert shop.github.rest("POST", f"/repos/{shop.repo.full_name}/check-runs", token=token, body=body).ok
        staged(shop, commit)
    refused(shop, sha, "is not the head of an open or merged pull request")
    shop.acme.lead.review(shop.pull, "APPROVE")
    refused(shop, shop.sha, "The App has not completed its check", state="unknown")


def test_a_merge_groups_commit_is_not_a_ground(shop: Shop) -> None:
    shop.pass_verdict()
    shop.repo.protect("main", merge_queue=True)
    group = shop.acme.dev.enqueue(shop.pull)
    shop.say_verdict("success", "all 13 rules pass", on=group)
    staged(shop, group)
    refused(shop, group, "is not the head of an open or merged pull request")


def test_a_closed_pull_request_is_not_a_ground(shop: Shop) -> None:
    shop.pass_verdict()
    staged(shop, shop.sha)
    shop.acme.dev.close(shop.pull)
    refused(shop, shop.sha, "is not the head of an open or merged pull request")


@pytest.mark.parametrize("teams", [True, False], ids=["teams", "people by name"])
def test_a_withdrawn_approval_is_not_a_ground(shop: Shop, teams: bool) -> None:
    """The App's check run still says pass, as it would if the service were down."""
    if not teams:
        shop.policy(app=str(shop.acme.app.id))
    shop.pass_verdict()
    staged(shop, shop.sha)
    shop.acme.lead.dismiss_review(shop.pull, shop.pull.reviews()[-1]["id"])
    refused(shop, shop.sha, "review:", state="unknown" if teams else "refused")


def test_a_failing_check_of_the_app_is_respected(shop: Shop) -> None:
    shop.policy(app=str(shop.acme.app.id))
    shop.pass_verdict()
    staged(shop, shop.sha)
    shop.say_verdict("failure", "1 of 13 rules fails: size")
    refused(shop, shop.sha, "The App's check on")


def test_what_the_app_found_not_a_hotfix_is_not_a_ground(shop: Shop) -> None:
    shop.pass_verdict()
    shop.say_verdict("success", "not a hotfix")
    staged(shop, shop.sha)
    refused(shop, shop.sha, "has not evaluated")


def test_a_pull_request_that_is_not_a_hotfix_is_refused(shop: Shop) -> None:
    shop.policy()
    shop.repo.branch("docs", at="v1.2.3")
    sha = shop.repo.commit("docs", {"README.md": "more"}, message="docs", author=shop.acme.dev)
    shop.acme.dev.open_pull(shop.repo, head="docs", base="main", title="docs")
    staged(shop, sha)
    refused(shop, sha, "is not a hotfix")


def test_a_pull_request_to_a_base_that_is_not_allowed_is_refused(shop: Shop) -> None:
    shop.policy(branches="{base: [main]}")
    shop.repo.branch("side", at="v1.2.3")
    body = GOOD_BODY.replace("- tests/test_cart.py", "- tests/test_side.py - more\n- tests/test_cart.py")
    files = {**FIX, "tests/test_side.py": "def test_side():\n    assert True\n"}
    pull = shop.acme.hotfix(branch="hotfix/side", base="side", files=files, body=body)
    shop.acme.lead.review(pull, "APPROVE")
    staged(shop, pull.head_sha)
    refused(shop, pull.head_sha, "branch: it goes to side")


def test_a_new_base_after_the_approval_is_refused(shop: Shop) -> None:
    shop.policy(branches="{base: [main, side]}")
    shop.repo.branch("side", at="v1.2.3")
    shop.acme.lead.review(shop.pull, "APPROVE")
    staged(shop, shop.sha)
    shop.policy(branches="{base: [main]}")
    shop.acme.dev.edit_pull(shop.pull, base="side")
    refused(shop, shop.sha, "branch: it goes to side")


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_hotfix_merged_at_its_head_may_be_deployed(shop: Shop, method: str) -> None:
    shop.pass_verdict()
    shop.acme.lead.merge(shop.pull, method=method)
    done = shop.do("tag")
    assert (done.status, done.outputs.get("tag")) == (0, "v1.2.4-hotfix.1"), done.report.reason


def test_unreleased_work_in_a_merged_hotfix_is_still_seen(shop: Shop) -> None:
    """The branch was cut from main with commits that production lacks, and merged; the base now contains them."""
    shop.policy()
    pull = shop.acme.hotfix(branch="hotfix/late", at="main")
    shop.acme.lead.review(pull, "APPROVE")
    shop.acme.lead.merge(pull)
    staged(shop, pull.head_sha)
    refused(shop, pull.head_sha, "branch: the branch carries")


def test_an_override_on_record_counts_by_the_apps_check(shop: Shop) -> None:
    """The service stores overrides; its check run names the rules that were overridden."""
    shop.repo.commit("hotfix/cart", {"src/more.py": "x = 1\n" * 300}, message="more", author=shop.acme.dev)
    shop.sha = shop.pull.head_sha
    shop.acme.lead.review(shop.pull, "APPROVE")
    shop.say_verdict("success", "overridden: size", overridden="size,commits")
    staged(shop, shop.sha)
    refused(shop, shop.sha, "spec:")
    shop.say_verdict("success", "overridden: size", overridden="size,commits,spec")
    assert shop.do("tag").status == 0


def test_the_app_may_be_named_by_an_input(shop: Shop) -> None:
    shop.policy(people="{tech_leads: [acme/tech-leads], security: [sec], incident_commanders: [commander]}")
    shop.acme.lead.review(shop.pull, "APPROVE")
    assert shop.do("tag").report.state == "unknown"
    named = shop.do("tag", app=str(shop.acme.app.id))
    assert (named.report.state, "has not completed its check" in named.report.reason) == ("unknown", True)
    shop.say_verdict("success", "all 13 rules pass")
    assert shop.do("tag", app=str(shop.acme.app.id)).status == 0
