"""`tag`: one annotated tag per commit, however many runs request it, repeatedly or concurrently."""

from __future__ import annotations

import subprocess
import threading

import pytest

from tests.action.conftest import Done, Shop
from tests.github.acme import FIX, GOOD_BODY

READ = {"checks": "read", "deployments": "read", "pull_requests": "read", "metadata": "read", "members": "read"}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop whose hotfix has a passing verdict."""
    shop.pass_verdict()
    return shop


def message(shop: Shop, tag: str) -> str:
    """Return the tag's message, read with git."""
    shown = subprocess.run(
        ["git", "--git-dir", str(shop.repo.git_dir), "cat-file", "tag", tag], capture_output=True, text=True, check=True
    )
    return shown.stdout.partition("\n\n")[2]


def test_the_tag_names_issue_severity_pull_and_approver(shop: Shop) -> None:
    done = shop.do("tag")
    assert done.status == 0
    assert done.outputs == {
        "previous-tag": "v1.2.3",
        "previous-sha": shop.repo.sha("v1.2.3"),
        "sha": shop.sha,
        "tag": "v1.2.4-hotfix.1",
        "created": "true",
    }
    assert shop.repo.sha("v1.2.4-hotfix.1") == shop.sha
    assert message(shop, "v1.2.4-hotfix.1").splitlines() == [
        "Hotfix: discounts above 100 percent pay customers",
        "",
        "Fixes #7",
        "Severity: P0",
        f"Pull-request: #{shop.pull.number}",
        "Approved-by: lead",
    ]


def test_a_second_run_finds_the_tag_of_the_first(shop: Shop) -> None:
    assert shop.do("tag").outputs["created"] == "true"
    again = shop.do("tag")
    assert (again.outputs["tag"], again.outputs["created"]) == ("v1.2.4-hotfix.1", "false")
    assert set(shop.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}


def test_a_rerun_after_the_deployment_finds_the_same_tag(ready: Shop) -> None:
    ready.acme.admin.deploy(ready.repo, "v1.2.4-hotfix.1", "production", "success")
    again = ready.do("tag")
    assert (again.outputs["tag"], again.outputs["created"]) == ("v1.2.4-hotfix.1", "false")
    assert (again.outputs["previous-tag"], again.outputs["previous-sha"]) == ("v1.2.3", ready.repo.sha("v1.2.3"))


def test_a_rerun_after_a_newer_release_makes_no_second_tag(ready: Shop) -> None:
    ready.ran("v1.3.0")
    again = ready.do("tag")
    assert (again.status, again.report.state) == (1, "refused")
    assert "does not contain v1.3.0, which is in production now" in again.report.reason
    assert set(ready.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1", "v1.3.0"}


def test_a_rerun_without_deployments_finds_the_previous_version(shop: Shop) -> None:
    """If no deployment was recorded, a rerun does not mistake the hotfix for the version that ran before it."""
    shop.forget_production()
    assert shop.do("tag").outputs["previous-tag"] == "v1.2.3"
    again = shop.do("tag")
    assert (again.outputs["tag"], again.outputs["created"]) == ("v1.2.4-hotfix.1", "false")
    assert again.outputs["previous-tag"] == "v1.2.3"


def test_another_products_release_is_not_what_runs_in_production(shop: Shop) -> None:
    shop.policy(production='{tags: ["v*"]}')
    shop.forget_production()
    shop.repo.tag("web-v9.0.0", at="main", message="Release of another product")
    shop.repo.release("web-v9.0.0")
    assert shop.do("tag", dry_run="true").outputs["tag"] == "v1.2.4-hotfix.1"


def test_a_deployed_tag_without_a_version_counts_by_commit(shop: Shop) -> None:
    shop.repo.tag("live", at="v1.2.3", message="moved at each release")
    shop.acme.admin.deploy(shop.repo, "live", "production", "success")
    assert shop.do("tag", dry_run="true").outputs["tag"] == "v1.2.4-hotfix.1"


def test_a_spec_file_leaves_issue_and_severity_to_the_commit(shop: Shop) -> None:
    """Without a spec in the body, both are read from the commit message."""
    files = {**FIX, "specs/hotfix-cart.md": GOOD_BODY}
    shop.pull = shop.acme.hotfix(branch="hotfix/spec", files=files, body="The spec is specs/hotfix-cart.md.")
    shop.sha = shop.pull.head_sha
    shop.pass_verdict()
    assert shop.do("tag").status == 0
    assert "Fixes #7\nSeverity: P0\n" in message(shop, "v1.2.4-hotfix.1")


def test_many_at_once_make_one_tag(shop: Shop) -> None:
    done: list[Done] = []
    threads = [threading.Thread(target=lambda: done.append(shop.do("tag"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.outputs["tag"] for each in done} == {"v1.2.4-hotfix.1"}
    assert [each.outputs["created"] for each in done].count("true") == 1
    assert set(shop.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}


def test_a_number_that_another_commit_took_is_skipped(shop: Shop) -> None:
    shop.repo.tag("v1.2.4-hotfix.1", at="v1.2.3", message="someone else's")
    assert shop.do("tag").outputs["tag"] == "v1.2.4-hotfix.2"


def test_the_format_and_the_message_can_be_chosen(shop: Shop) -> None:
    done = shop.do("tag", tag_format="{prefix}{major}.{minor}.{patch}-fix.{n}", message="Stop the bleeding")
    assert done.outputs["tag"] == "v1.2.4-fix.1"
    assert message(shop, "v1.2.4-fix.1").strip() == "Stop the bleeding"
    assert shop.do("tag", tag_format="{prefix}{major}.{minor}.{patch}-fix.{n}").outputs["created"] == "false"


def test_a_dry_run_names_the_tag_and_makes_none(shop: Shop) -> None:
    done = shop.do("tag", dry_run="true")
    assert (done.outputs["tag"], done.outputs["created"]) == ("v1.2.4-hotfix.1", "false")
    assert set(shop.repo.tags()) == {"v1.2.3"}


def test_a_tag_that_does_not_exist_is_not_production(shop: Shop) -> None:
    done = shop.do("tag", production_tag="v9.9.9")
    assert (done.status, done.report.reason[:26]) == (2, "There is no tag v9.9.9. Na")


def test_a_commit_whose_verdict_is_a_failure_gets_no_tag(shop: Shop) -> None:
    shop.say_verdict("failure", "1 of 13 rules fails: size")
    done = shop.do("tag")
    assert (done.status, done.report.state) == (1, "refused")
    assert "The App's check on" in done.report.reason
    assert set(shop.repo.tags()) == {"v1.2.3"}


def test_a_commit_that_github_does_not_have_is_a_usage_error(shop: Shop) -> None:
    done = shop.do("tag", sha="f" * 40)
    assert done.status == 2
    assert set(shop.repo.tags()) == {"v1.2.3"}


def test_a_ruleset_against_new_tags_is_named(shop: Shop) -> None:
    shop.repo.restrict_refs("refs/tags/")
    done = shop.do("tag")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "Cannot create ref due to creations being restricted." in done.report.reason
    assert "Let the token's owner bypass that ruleset" in done.report.reason
    assert set(shop.repo.tags()) == {"v1.2.3"}


def test_a_restriction_is_recognized_without_its_heading(shop: Shop) -> None:
    """GitHub's answer usually begins with "Repository rule violations found"."""
    words = "Cannot create ref due to creations being restricted."
    shop.github.faults.add("/repos/acme/shop/git/refs", "POST", status=422, body=words)
    done = shop.do("tag")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "Let the token's owner bypass that ruleset" in done.report.reason


def test_a_number_that_an_immutable_release_used_up_is_skipped(shop: Shop) -> None:
    """GitHub permanently refuses the name, with the same error message as for a ruleset."""
    shop.repo.burn_tag("v1.2.4-hotfix.1")
    assert shop.do("tag").outputs["tag"] == "v1.2.4-hotfix.2"
    assert shop.do("tag").outputs["created"] == "false"


def test_workflow_files_that_differ_need_another_token(shop: Shop) -> None:
    shop.repo.commit(
        "main", {".github/workflows/new.yml": "on: push\njobs: {}\n"}, message="CI", author=shop.acme.other
    )
    done = shop.do("tag")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "permission 'workflows' for the token, which the job's own GITHUB_TOKEN cannot have" in done.report.reason
    app = shop.github.create_app("shipper", permissions={"contents": "write", "workflows": "write"} | READ)
    token = shop.github.install(app, "acme").token()
    assert shop.do("tag", token=token).outputs["tag"] == "v1.2.4-hotfix.1"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("the `acme` organization has an IP allow list enabled, and your IP address is not permitted", "IP allow list"),
        ("Resource protected by organization SAML enforcement.", "single sign-on"),
    ],
)
@pytest.mark.parametrize("command", ["tag", "deploy", "back-merge"])
def test_what_no_permission_changes_is_not_called_one(shop: Shop, command: str, words: str, cause: str) -> None:
    shop.github.faults.add("*", status=403, body=words)
    inputs = {"environment": "production", **shop.inputs()} if command == "deploy" else {}
    done = shop.do(command, **inputs)
    shop.github.faults.clear()
    assert (done.status, cause in done.report.reason) == (2, True), done.report.reason
    assert "permissions:" not in done.report.reason


def test_ten_thousand_tags_cost_no_more_requests(shop: Shop) -> None:
    sha = shop.repo.sha("v1.2.3")
    packed = "".join(f"{sha} refs/tags/v0.{number}.0\n" for number in range(10_000))
    shop.repo.git("pack-refs", "--all")
    with (shop.repo.git_dir / "packed-refs").open("a") as refs:
        refs.write(packed)
    shop.github.forget()
    assert shop.do("tag").status == 0
    asked = [call for call in shop.github.calls if call.actor != "_sim"]
    assert len(asked) <= 15, [f"{call.method} {call.path}" for call in asked]


def test_a_cron_jobs_deployment_is_not_what_runs(shop: Shop) -> None:
    """GitHub records a deployment for every job with an environment, here at the head of the default branch."""
    shop.repo.deploy_by_actions("main")
    done = shop.do("tag")
    assert (done.outputs["previous-tag"], done.outputs["previous-sha"]) == ("v1.2.3", shop.repo.sha("v1.2.3"))


def test_a_calendar_version_is_followed(shop: Shop) -> None:
    shop.repo.tag("2024.11.05", at="v1.2.3", message="a date")
    shop.repo.delete_tag("v1.2.3")
    assert shop.do("tag").outputs["tag"] == "2024.11.05-hotfix.1"


def test_a_missing_permission_to_tag_is_named(shop: Shop) -> None:
    may_read = shop.github.workflow_token(
        shop.repo, {"contents": "read", "deployments": "read", "checks": "read", "pull_requests": "read"}
    )
    done = shop.do("tag", token=may_read)
    assert done.status == 2
    assert "permissions: {contents: write}" in done.report.reason


def test_a_ruleset_that_refuses_the_tags_name_is_named(shop: Shop) -> None:
    """Pushing the commit, the remedy for a commit that GitHub doesn't have, would not help."""
    shop.repo.restrict_refs("refs/tags/", "Tag name must match a given regex pattern: ^release-")
    done = shop.do("tag")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "A ruleset of the repository refuses such tags" in done.report.reason
    assert "Push that commit" not in done.report.reason


def test_a_tag_in_the_way_is_named(shop: Shop) -> None:
    """git keeps tags like files in folders, so `hotfix` and `hotfix/v1.2.4` exclude each other."""
    shop.repo.tag("hotfix", at="v1.2.3")
    done = shop.do("tag", tag_format="hotfix/{prefix}{major}.{minor}.{patch}-hotfix.{n}")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "next to the tag hotfix: rename that one" in done.report.reason
    assert "Or choose another 'tag-format'." in done.report.reason
    assert "Push that commit" not in done.report.reason
