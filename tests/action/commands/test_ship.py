"""`ship` as the runner runs it: a hotfix from its branch to production, and its rollback."""

from __future__ import annotations

import json
import subprocess

import pytest

from hotfix.gates import measured_series
from hotfix.gates.measured_series import MeasuredSeries
from hotfix.github.write.rollout.deployments import log_address
from tests.action.conftest import PERMISSIONS, Shop
from tests.action.runner import Job


def measured(shop: Shop, environment: str) -> list[set[str]]:
    """Return the measurements in each success status of the commit's deployment, oldest first."""
    (found,) = (each for each in shop.repo.deployments(environment) if each["sha"] == shop.sha)
    good = [each for each in reversed(found["statuses"]) if each["state"] == "success"]
    return [set(log_address(each["log_url"]).measured) for each in good]


def series(shop: Shop, environment: str) -> tuple[MeasuredSeries, ...]:
    """Return the series stored in the latest status of the commit's deployment."""
    (found,) = (each for each in shop.repo.deployments(environment) if each["sha"] == shop.sha)
    return measured_series.decode(log_address(found["statuses"][0]["log_url"]).series)


def test_ship_takes_an_approved_hotfix_to_production_and_back(shop: Shop) -> None:
    shop.pass_verdict()
    gates = f"- prometheus: {shop.app.prometheus}\n  query: errors\n  max: 0.1%"
    inputs = shop.inputs(staging_health_url=f"{shop.app.url}/health")
    shipped = shop.job().uses(command="ship", canary_steps="10,100", duration="300ms", gates=gates, **inputs)
    assert shipped.outcome == "success", shipped.log
    assert shop.app.routes == {shop.sha: 100}
    assert shipped.outputs["tag"] == "v1.2.4-hotfix.1"
    assert shop.deployments("staging") == [(shop.sha, "success")]
    assert [state for _, state in shop.deployments("production")] == ["inactive", "success"]
    assert measured(shop, "staging") == [{"health"}]
    assert measured(shop, "production")[-2:] == [{"errors", "health"}] * 2, "after the canary, and after the watch"
    (errors,) = series(shop, "production")
    assert (errors.gate, errors.limit) == ("prometheus errors", 0.001)
    assert {value for _, value in errors.points} == {0.0}
    assert json.loads(shipped.outputs["pull-requests"])[0]["number"] == shop.pull.number
    result = shipped.result
    assert (result["version"], result["command"], result["state"]) == (1, "ship", "success")
    assert result["outputs"]["deployment-id"] == shipped.outputs["deployment-id"]
    assert shop.token not in shipped.log + shipped.summary + json.dumps(shipped.outputs)
    assert "| UTC | what |" in shipped.summary
    assert not shipped.errors


def test_ship_rolls_back_what_does_not_hold_while_it_is_watched(shop: Shop) -> None:
    shop.pass_verdict()
    gates = f"- prometheus: {shop.app.prometheus}\n  query: errors\n  max: 0.1%"
    breaks = f"echo '{{\"error_rate\": 0.5}}' > {shop.app.folder}/knobs-$HOTFIX_SHA"
    smoke = f'test "$HOTFIX_ENVIRONMENT" = staging || {breaks}'
    shipped = shop.job().uses(command="ship", duration="10s", gates=gates, smoke=smoke, **shop.inputs())
    assert (shipped.outcome, shipped.status) == ("failure", 1), shipped.log
    assert shop.app.routes == {"v1.2.3": 100}
    old = shop.repo.sha("v1.2.3")
    assert shop.deployments("production") == [(old, "inactive"), (shop.sha, "failure"), (old, "success")]
    assert (shipped.outputs["rolled-back"], shipped.outputs["rolled-back-to"]) == ("true", "v1.2.3")
    (error,) = shipped.errors
    assert error.title == "hotfix ship: gates"
    assert shipped.outputs["pull-requests"] == ""


def test_a_watching_rerun_rolls_back_to_the_version_before(shop: Shop) -> None:
    """A rerun that only monitors rolls back to the version that ran before the hotfix."""
    shop.pass_verdict()
    assert shop.do("ship", **shop.inputs(duration="100ms")).status == 0
    shop.app.set_version(shop.sha, error_rate=0.5)
    gates = f"- prometheus: {shop.app.prometheus}\n  query: errors\n  max: 0.1%"
    again = shop.do("ship", gates=gates, **shop.inputs(duration="200ms"))
    assert (again.status, again.outputs["rolled-back-to"]) == (1, "v1.2.3")
    assert shop.app.routes == {"v1.2.3": 100}


def test_a_rerun_after_the_merge_needs_no_open_pull_request(shop: Shop) -> None:
    shop.policy()
    shop.acme.lead.review(shop.pull, "APPROVE")
    assert shop.do("ship", **shop.inputs(duration="100ms")).status == 0
    shop.acme.lead.merge(shop.pull)
    again = shop.do("ship", **shop.inputs(duration="100ms"))
    assert (again.status, again.outputs["pull-requests"]) == (0, "[]")
    assert "refs/heads/hotfix/cart" not in shop.repo.refs()


def test_a_rerun_after_a_newer_release_takes_production_not_back(shop: Shop) -> None:
    shop.pass_verdict()
    assert shop.do("ship", **shop.inputs(duration="100ms")).status == 0
    shop.ran("v1.3.0")
    before = len(shop.app.deployments)
    again = shop.do("ship", **shop.inputs(duration="100ms"))
    assert (again.status, again.report.state) == (1, "refused")
    assert "does not contain v1.3.0, which is in production now" in again.report.reason
    assert len(shop.app.deployments) == before


@pytest.mark.parametrize("command", ["ship", "tag"])
def test_only_the_policys_environment_is_production(shop: Shop, command: str) -> None:
    shop.repo.environment("live")
    done = shop.do(command, environment="live", **shop.inputs())
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "production: {environment: live}" in done.report.reason
    assert (shop.app.routes, shop.deployments("staging")) == ({"v1.2.3": 100}, [])


def test_a_gates_command_knows_the_hotfix_it_watches(ready: Shop) -> None:
    """The gate command gets the hotfix's environment variables even if the hotfix is only monitored."""
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    reported = '"$HOTFIX_TAG $HOTFIX_PREVIOUS_TAG $HOTFIX_PERCENTAGE $HOTFIX_SHA $HOTFIX_ENVIRONMENT"'
    gates = f"- command: test {reported} = 'v1.2.4-hotfix.1 v1.2.3 100 {ready.sha} production'"
    assert ready.do("monitor", gates=gates, duration="100ms", interval="100ms").status == 0


def test_another_commit_in_the_workspace_is_warned_of(ready: Shop) -> None:
    job = ready.job()
    subprocess.run(["git", "clone", "-q", str(ready.repo.git_dir), str(job.workspace)], check=True)
    done = job.uses(command="deploy", environment="production", dry_run="true", **ready.inputs())
    assert f"{ready.repo.sha('main')[:12]} is checked out, not {ready.sha[:12]}" in done.log
    subprocess.run(["git", "-C", str(job.workspace), "checkout", "-q", ready.sha], check=True)
    done = job.uses(command="deploy", environment="production", dry_run="true", **ready.inputs())
    assert "is checked out, not" not in done.log


def test_each_command_alone_does_the_same(shop: Shop) -> None:
    shop.pass_verdict()
    job = shop.job()
    gates = f"- prometheus: {shop.app.prometheus}\n  query: errors\n  max: 0.1%"
    checked = job.uses(command="check")
    assert checked.outputs["verdict"] in ("pass", "unknown"), checked.log
    assert job.uses(command="tag").outputs["created"] == "true"
    assert job.uses(command="deploy", environment="staging", run="true").outputs["state"] == "success"
    deployed = job.uses(command="deploy", environment="production", canary_steps="10,100", **shop.inputs())
    assert (deployed.outcome, deployed.outputs["rolled-back"]) == ("success", "false")
    watched = job.uses(command="monitor", duration="300ms", interval="100ms", gates=gates)
    assert watched.outputs["state"] == "success"
    assert int(watched.outputs["samples"]) >= 1
    shop.app.set_version(shop.sha, error_rate=0.5)
    failing = job.uses(command="monitor", duration="300ms", interval="100ms", gates=gates)
    assert (failing.status, failing.outputs["state"], failing.outputs["samples"]) == (1, "failure", "1")
    back = job.uses(command="rollback", rollback_run=shop.inputs()["rollback_run"])
    assert (back.outputs["rolled-back"], back.outputs["rolled-back-to"]) == ("true", "v1.2.3")
    assert shop.app.routes == {"v1.2.3": 100}
    assert json.loads(job.uses(command="back-merge").outputs["conflicts"]) == []


def test_a_missing_long_lived_branch_is_known_before_staging(shop: Shop) -> None:
    shop.pass_verdict()
    shop.repo.branch("develop", at="main")
    done = shop.do("ship", into="main, develop, mian", **shop.inputs(duration="100ms"))
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "There is no branch mian." in done.report.reason
    assert shop.deployments("staging") == []


def test_a_token_that_cannot_open_a_pull_is_found_early(shop: Shop) -> None:
    """The permission is checked before anything is deployed to staging."""
    shop.policy(branches="{back_merge: [main, develop]}")
    shop.acme.lead.review(shop.pull, "APPROVE")
    shop.repo.branch("develop", at="main")
    token = shop.github.workflow_token(shop.repo, PERMISSIONS | {"pull_requests": "read"})
    done = shop.do("ship", token=token, **shop.inputs(duration="100ms"))
    assert (done.status, "permissions: {contents: write, pull-requests: write}" in done.report.reason) == (2, True)
    words = "GitHub Actions is not permitted to create or approve pull requests."
    shop.github.faults.add("/repos/acme/shop/pulls", "POST", status=403, body=words)
    done = shop.do("ship", **shop.inputs(duration="100ms"))
    assert (done.status, "Settings, Actions, General" in done.report.reason) == (2, True)
    assert shop.deployments("staging") == []


def test_a_run_on_the_default_branch_ships_the_named_commit(shop: Shop) -> None:
    """Environments can be restricted to runs on `main`, so the hotfix is given as the input `sha`."""
    shop.pass_verdict()
    for name in ("staging", "production"):
        shop.repo.environment(name, branches=["main"])
    where = {"sha": shop.repo.sha("main"), "ref": "refs/heads/main"}
    done = shop.do("ship", where, sha=shop.sha, **shop.inputs(duration="100ms"))
    assert (done.status, done.outputs["sha"]) == (0, shop.sha), done.report.reason
    assert shop.deployments("staging") == [(shop.sha, "success")]
    assert shop.app.routes == {shop.sha: 100}


@pytest.fixture
def diverged(shop: Shop) -> Shop:
    """A hotfix that passes while the default branch has gained a workflow since the release."""
    shop.pass_verdict()
    files = {".github/workflows/new.yml": "on: push\njobs: {}\n"}
    shop.repo.commit("main", files, message="CI", author=shop.acme.other)
    return shop


def test_a_tag_that_will_be_refused_is_known_before_staging(diverged: Shop) -> None:
    done = diverged.do("ship", **diverged.inputs(duration="100ms"))
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "permission 'workflows' for the token, which the job's own GITHUB_TOKEN cannot have" in done.report.reason
    assert diverged.deployments("staging") == []


def test_a_tag_that_may_be_refused_is_warned_of_before_staging(
    diverged: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    """GitHub may check if the ref exists before the permission; a missing permission then shows only when tagging."""
    refs = "/repos/acme/shop/git/refs"
    diverged.github.faults.add(refs, "POST", status=422, body="Reference already exists", count=1)
    done = diverged.do("ship", **diverged.inputs(duration="100ms"))
    before, _, _ = capfd.readouterr().out.partition("Staging: staging")
    assert "GitHub may refuse a tag there" in before
    assert "which the job's own GITHUB_TOKEN cannot have" in done.report.reason
    assert (done.status, diverged.app.routes) == (1, {"v1.2.3": 100})


def test_other_workflow_files_do_not_stop_a_token_that_may(diverged: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    permissions = PERMISSIONS | {"workflows": "write", "metadata": "read"}
    app = diverged.github.create_app("shipper", permissions=permissions)
    token = diverged.github.install(app, "acme").token()
    done = diverged.do("ship", token=token, **diverged.inputs(duration="100ms"))
    assert (done.status, done.outputs["tag"]) == (0, "v1.2.4-hotfix.1"), done.report.reason
    assert "may refuse" not in capfd.readouterr().out


def test_a_tag_that_is_there_already_needs_no_permission(diverged: Shop) -> None:
    diverged.repo.tag("v1.2.4-hotfix.1", at=diverged.sha, message="Hotfix")
    done = diverged.do("ship", **diverged.inputs(duration="100ms"))
    assert (done.status, done.outputs["created"]) == (0, "false"), done.report.reason


def test_a_dry_run_warns_of_a_tag_that_may_be_refused(diverged: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """The reusable workflow starts with a dry run."""
    done = diverged.do("tag", dry_run="true")
    assert done.status == 0
    assert "GitHub may refuse a tag there" in capfd.readouterr().out


def test_a_token_that_cannot_tag_is_known_before_staging(shop: Shop) -> None:
    shop.pass_verdict()
    token = shop.github.workflow_token(shop.repo, PERMISSIONS | {"contents": "read"})
    done = shop.do("ship", token=token, **shop.inputs(duration="100ms"))
    assert (done.status, "permissions: {contents: write}" in done.report.reason) == (2, True), done.report.reason
    assert shop.deployments("staging") == []


def test_ship_in_a_dry_run_changes_nothing(shop: Shop) -> None:
    shop.pass_verdict()
    before = shop.repo.refs()
    done = shop.do("ship", dry_run="true", **shop.inputs(canary_steps="10,100"))
    assert done.status == 0
    assert (shop.repo.refs(), shop.app.routes) == (before, {"v1.2.3": 100})
    assert shop.deployments("staging") == []
    reported = " ".join(moment.what for moment in done.report.timeline)
    for words in ("create the tag v1.2.4-hotfix.1", "for 10 % of production", "watch", "open or link the pull request"):
        assert words in reported


def test_ship_continues_wherever_it_stopped(shop: Shop) -> None:
    shop.pass_verdict()
    first = shop.do("ship", **shop.inputs(smoke='test "$HOTFIX_ENVIRONMENT" = staging'))
    assert (first.status, first.outputs["rolled-back"]) == (1, "true")
    assert shop.do("ship", **shop.inputs(duration="200ms")).status == 0
    assert set(shop.repo.tags()) == {"v1.2.3", "v1.2.4-hotfix.1"}
    assert len(shop.deployments("staging")) == 1
    assert shop.app.routes == {shop.sha: 100}


def test_wrong_use_is_reported_before_anything_is_asked(shop: Shop) -> None:
    """Outside GitHub Actions, no request is sent."""
    job: Job = shop.job()
    calls = len(shop.github.calls)
    wrong = job.uses(command="deploy", canary_steps="10", interval="soon")
    assert wrong.status == 2
    assert [error.title for error in wrong.errors] == ["hotfix deploy: canary-steps", "hotfix deploy: interval"]
    assert wrong.outputs["state"] == "usage-error"
    assert [call for call in shop.github.calls[calls:] if call.path.startswith("/repos")] == []
