"""`rollback`: restores the previous version, once."""

from __future__ import annotations

import pytest

from tests.action.conftest import Done, Shop


@pytest.fixture
def shipped(ready: Shop) -> Shop:
    """A shop with the hotfix in production."""
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    return ready


def rollback(shop: Shop, **inputs: str) -> Done:
    ours = {name: value for name, value in shop.inputs().items() if name != "run"}
    return shop.do("rollback", **{**ours, **inputs})


def newer_history(shop: Shop) -> None:
    """Add a version that ran in production before v1.2.3; no rollback of the hotfix may restore it."""
    shop.repo.tag("v1.2.2", at=shop.repo.commit("old", {"a.txt": "1"}, message="old", at="v1.2.3"), message="Release")
    for tag in ("v1.2.2", "v1.2.3"):
        shop.acme.admin.deploy(shop.repo, tag, "production", "success")


def test_the_previous_version_is_deployed_again_and_recorded(shipped: Shop) -> None:
    done = rollback(shipped)
    assert done.status == 0
    assert (done.outputs["rolled-back-to"], done.outputs["rolled-back"]) == ("v1.2.3", "true")
    assert shipped.app.routes == {"v1.2.3": 100}
    old = shipped.repo.sha("v1.2.3")
    assert shipped.deployments("production") == [(old, "inactive"), (shipped.sha, "failure"), (old, "success")]


def test_a_second_rollback_does_nothing(shipped: Shop) -> None:
    assert rollback(shipped).status == 0
    again = rollback(shipped)
    assert (again.status, again.outputs["rolled-back-to"], again.outputs["rolled-back"]) == (0, "v1.2.3", "false")
    assert shipped.app.deployments.count(("v1.2.3", 100)) == 2  # the release and one rollback


def test_a_failed_rollback_keeps_the_way_back(ready: Shop) -> None:
    newer_history(ready)
    failed = ready.do("deploy", environment="production", **ready.inputs(run="exit 3", rollback_run="exit 7"))
    assert failed.report.state == "rollback-failed"
    done = rollback(ready)
    assert (done.status, done.outputs["rolled-back-to"], done.outputs["rolled-back"]) == (0, "v1.2.3", "true")
    assert ready.app.deployments[-1] == ("v1.2.3", 100)


def test_what_a_deployment_rolled_back_is_not_rolled_back_again(ready: Shop) -> None:
    newer_history(ready)
    failed = ready.do("deploy", environment="production", **ready.inputs(run="exit 3"))
    assert failed.outputs["rolled-back"] == "true"
    done = rollback(ready)
    assert (done.status, done.outputs["rolled-back-to"], done.outputs["rolled-back"]) == (0, "v1.2.3", "false")
    assert ready.app.deployments.count(("v1.2.3", 100)) == 2  # the release, and the deployment's own rollback


def test_a_failed_deployment_that_was_left_can_be_rolled_back(shop: Shop) -> None:
    for sha, run in (("v1.2.3", "true"), ("main", "true"), (shop.sha, "exit 3")):
        sha = shop.repo.sha(sha) if len(sha) < 40 else sha
        shop.do("deploy", environment="staging", sha=sha, run=run)
    done = rollback(shop, environment="staging", rollback_run='test "$HOTFIX_PREVIOUS_SHA" = ' + shop.repo.sha("main"))
    assert (done.status, done.outputs["rolled-back"]) == (0, "true")


def test_a_forged_payload_never_names_the_rollback_target(shop: Shop) -> None:
    """Anyone with write access can create a deployment that looks like the Action's."""
    sha = shop.repo.commit("wip", {"src/evil.py": "evil = 1\n"}, message="x", at="v1.2.3", author=shop.acme.dev)
    for kind, ref in (("deploy", "v1.2.3"), ("rollback", sha)):
        payload = {"hotfix": {"kind": kind, "previous": {"sha": sha, "tag": ""}, "tag": "", "broken": None}}
        shop.acme.dev.deploy(shop.repo, ref, "production", "success", payload=payload)
        done = rollback(shop, rollback_run='test "$HOTFIX_PREVIOUS_SHA" != ' + sha)
        assert done.outputs.get("rolled-back-to") in (None, "v1.2.3"), done.report.reason
        assert sha[:12] not in done.outputs.values()


def test_the_rollback_target_can_be_named(shipped: Shop) -> None:
    assert rollback(shipped, to="v1.2.3").outputs["rolled-back-to"] == "v1.2.3"
    wrong = rollback(shipped, to="v0.0.1")
    assert (wrong.status, wrong.report.reason) == (2, "There is no tag v0.0.1. Name a tag that exists.")


def test_a_rollback_of_one_commit_leaves_what_came_after_it(shipped: Shop) -> None:
    """A separate watch job must not roll back a newer version, although the gates measure whatever runs there."""
    shipped.ran("v1.2.5")
    done = rollback(shipped, sha=shipped.sha)
    assert (done.status, done.report.state) == (1, "refused")
    assert done.report.reason.startswith("v1.2.5 came to production (")
    assert f"after {shipped.sha[:12]}, so nothing was rolled back" in done.report.reason
    assert shipped.app.routes == {shipped.sha: 100}


def test_a_rollback_of_a_commit_that_never_came_says_so(shipped: Shop) -> None:
    """The commit may never have been deployed, so the running version is not its successor."""
    done = rollback(shipped, sha=shipped.repo.sha("main"))
    assert (done.status, done.report.state) == (1, "refused")
    assert "came to production" not in done.report.reason
    assert "is not on record" in done.report.reason
    assert shipped.app.routes == {shipped.sha: 100}


def test_a_rollback_of_one_commit_is_done_once(shipped: Shop) -> None:
    assert rollback(shipped, sha=shipped.sha).outputs["rolled-back"] == "true"
    again = rollback(shipped, sha=shipped.sha)
    assert (again.status, again.outputs["rolled-back"], again.outputs["rolled-back-to"]) == (0, "false", "v1.2.3")


def test_what_the_runner_saved_of_another_commit_is_left(shipped: Shop) -> None:
    shipped.github.outage = 503
    done = rollback(shipped, sha=shipped.repo.sha("v1.2.3"), retry_for="1s")
    shipped.github.outage = False
    shipped.github.ignore_violations()
    assert (done.status, shipped.app.routes) == (3, {shipped.sha: 100})
    assert f"this runner saved no deployment of {shipped.repo.sha('v1.2.3')[:12]} to use instead" in done.report.reason


def test_a_writers_tag_is_not_rolled_back_to(shipped: Shop) -> None:
    """Otherwise anyone who can start the workflow could deploy any commit by tagging it."""
    evil = shipped.repo.commit("wip", {"src/evil.py": "evil = 1\n"}, message="x", at="v1.2.3", author=shipped.acme.dev)
    shipped.repo.tag("v1.2.2", at=evil, pusher=shipped.acme.dev)
    done = rollback(shipped, to="v1.2.2")
    assert (done.status, done.report.state) == (1, "refused")
    assert "anyone with write access could have made it" in done.report.reason
    assert shipped.app.routes == {shipped.sha: 100}
    shipped.policy(production="{trust: write}")
    assert rollback(shipped, to="v1.2.2").outputs["rolled-back-to"] == "v1.2.2"


def test_a_rollback_to_a_tag_on_a_release_branch_is_made(shipped: Shop) -> None:
    at = shipped.repo.commit("release/1.2", {"a.txt": "1"}, message="old", at="v1.2.3")
    shipped.repo.tag("v1.2.2", at=at, message="Release")
    assert rollback(shipped, to="v1.2.2").outputs["rolled-back-to"] == "v1.2.2"


def test_a_failed_rollback_is_recorded_with_its_commands(shipped: Shop) -> None:
    done = rollback(shipped, rollback_run="exit 7")
    assert (done.status, done.report.state) == (1, "rollback-failed")
    assert "rolled-back-to" not in done.outputs
    assert "export HOTFIX_PREVIOUS_TAG=v1.2.3" in done.report.reason
    assert shipped.deployments("production")[-2:] == [(shipped.sha, "success"), (shipped.repo.sha("v1.2.3"), "error")]
    assert rollback(shipped).status == 0
    assert shipped.app.routes == {"v1.2.3": 100}


def test_a_foreign_release_is_rolled_back_as_well(ready: Shop) -> None:
    ready.acme.admin.deploy(ready.repo, ready.sha, "production", "success")
    assert rollback(ready).outputs["rolled-back-to"] == "v1.2.3"


def test_a_cut_off_deployment_is_rolled_back(ready: Shop) -> None:
    gone = {"tag": "v1.2.3", "sha": ready.repo.sha("v1.2.3")}
    mark = {"kind": "deploy", "key": "x", "run": 999_999, "attempt": 1, "tag": "v1.2.4-hotfix.1", "previous": gone}
    body = {"ref": ready.sha, "environment": "production", "required_contexts": [], "payload": {"hotfix": mark}}
    path = f"/repos/{ready.repo.full_name}/deployments"
    assert ready.github.rest("POST", path, token=ready.token, body={**body, "auto_merge": False}).ok
    ready.app.deploy(ready.sha, 10)
    done = rollback(ready)
    assert (done.status, done.outputs["rolled-back"]) == (0, "true")
    assert ready.app.routes == {"v1.2.3": 100}


def test_an_empty_environment_has_nothing_to_roll_back(ready: Shop) -> None:
    ready.repo.environment("qa")
    done = rollback(ready, environment="qa")
    assert (done.status, done.report.state) == (1, "refused")


def test_a_dry_run_rolls_nothing_back(shipped: Shop) -> None:
    done = rollback(shipped, dry_run="true")
    assert done.outputs["rolled-back-to"] == "v1.2.3"
    assert shipped.app.routes == {shipped.sha: 100}
    assert len(shipped.deployments("production")) == 2


def test_what_was_rolled_back_is_not_rolled_back_again(ready: Shop) -> None:
    ready.forget_production()
    failed = ready.do("deploy", environment="production", **ready.inputs(smoke="exit 3"))
    assert failed.report.state == "failure"
    before = list(ready.app.deployments)
    back = ready.do("rollback", **{name: value for name, value in ready.inputs().items() if name != "run"})
    assert (back.status, back.outputs["rolled-back"]) == (0, "false")
    assert ready.app.deployments == before


def delete_release_tag(shop: Shop) -> str:
    """Delete an old release's tag and return its commit, which stays on production's branch."""
    at = str(shop.repo.sha("v1.2.3"))
    assert shop.github.rest("DELETE", f"{shop.repo.path}/git/refs/tags/v1.2.3", token=shop.acme.admin.token).ok
    return at


def test_no_deployment_relies_on_a_tag_that_was_deleted(ready: Shop) -> None:
    """The rollback command would get an empty variable and might deploy an arbitrary version."""
    at = delete_release_tag(ready)
    done = ready.do("deploy", environment="production", **ready.inputs())
    assert (done.status, done.report.state) == (2, "usage-error"), done.report.reason
    assert f"No tag names {at[:12]}, which ran before, so 'rollback-run' would find HOTFIX_PREVIOUS_TAG empty" in (
        done.report.reason
    )
    either = '$WEBAPP deploy "${HOTFIX_PREVIOUS_TAG:-$HOTFIX_PREVIOUS_SHA}" 100'
    done = ready.do("deploy", environment="production", **ready.inputs(rollback_run=either, smoke="exit 1"))
    assert (done.outputs["rolled-back"], ready.app.routes) == ("true", {at: 100})


def test_a_rollback_to_a_version_without_a_tag_warns(shipped: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    at = delete_release_tag(shipped)
    done = rollback(shipped, rollback_run=f'test -z "$HOTFIX_PREVIOUS_TAG" && $WEBAPP deploy {at} 100')
    assert (done.status, shipped.app.routes) == (0, {at: 100}), done.report.reason
    assert f"No tag names {at[:12]}, which ran before" in capfd.readouterr().out
