"""Several deployments to one environment: regions, services and the jobs of a matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.action.conftest import Done, Shop


def deploy(shop: Shop, settings: dict[str, Any], log: Path, **inputs: str) -> Done:
    command = f'echo "$HOTFIX_TARGET" >>{log}; $WEBAPP deploy "$HOTFIX_SHA" 100'
    return shop.do("deploy", settings, environment="production", **shop.inputs(run=command, **inputs))


def test_each_region_of_a_matrix_is_deployed(ready: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for region in ("eu", "us"):
        job: dict[str, Any] = {"run_id": 7, "runner": region, "environ": {"HOTFIX_ACTION_JOB_TOTAL": "2"}}
        assert deploy(ready, job, log, target=region).status == 0
    assert log.read_text().split() == ["eu", "us"]
    states = {each["task"]: each["statuses"][0]["state"] for each in ready.repo.deployments("production")}
    assert (states["deploy:eu"], states["deploy:us"]) == ("success", "success")


def test_a_rerun_of_one_region_finds_its_own_deployment(ready: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log"
    deploy(ready, {"run_id": 7}, log, target="eu")
    assert deploy(ready, {"run_id": 7, "run_attempt": 2}, log, target="us").status == 0
    assert deploy(ready, {"run_id": 7, "run_attempt": 2}, log, target="eu").status == 0
    assert log.read_text().split() == ["eu", "us"]


def test_a_matrix_without_targets_is_refused_before_anything_ran(ready: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = deploy(ready, {"environ": {"HOTFIX_ACTION_JOB_TOTAL": "3"}}, log)
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "one of 3 jobs of a matrix" in done.report.reason
    assert "target: ${{ matrix.region }}" in done.report.reason
    assert not log.exists()


def test_other_jobs_of_a_run_deploy_though_they_name_no_target(ready: Shop, tmp_path: Path) -> None:
    """A reusable workflow can't read its caller's matrix."""
    for runner in ("r-1", "r-2"):
        assert deploy(ready, {"run_id": 7, "runner": runner}, tmp_path / runner).status == 0
    assert (tmp_path / "r-1").exists()
    assert (tmp_path / "r-2").exists()


def test_a_region_is_rolled_back_alone(ready: Shop, tmp_path: Path) -> None:
    for region in ("eu", "us"):
        deploy(ready, {"run_id": 7}, tmp_path / "log", target=region)
    back = f'echo "$HOTFIX_TARGET" >>{tmp_path}/back; $WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100'
    done = ready.do("rollback", target="us", rollback_run=back)
    assert (done.status, done.outputs["rolled-back-to"]) == (0, "v1.2.3")
    assert (tmp_path / "back").read_text().split() == ["us"]
    running = {
        d["task"]: d["sha"] for d in ready.repo.deployments("production") if d["statuses"][0]["state"] == "success"
    }
    assert running["deploy:eu"] == ready.sha
    assert running["deploy:us"] == ready.repo.sha("v1.2.3")


def test_a_rollback_in_a_matrix_names_its_target(ready: Shop) -> None:
    done = ready.do("rollback", {"environ": {"HOTFIX_ACTION_JOB_TOTAL": "2"}}, rollback_run="true")
    assert done.status == 2
    assert "target: ${{ matrix.region }}" in done.report.reason


def test_each_region_goes_back_to_what_ran_there(ready: Shop, tmp_path: Path) -> None:
    """The first hotfix reached one region only; in the other, a second one is rolled back to the previous release."""
    assert deploy(ready, {"run_id": 7}, tmp_path / "log", target="eu").status == 0
    assert deploy(ready, {"run_id": 7}, tmp_path / "log", target="us", smoke="exit 1").status == 1
    first = ready.sha
    fix = {"src/cart.py": "SECOND = 2\n", "tests/test_cart.py": "def test_second():\n    assert True\n"}
    ready.pull = ready.acme.hotfix(branch="hotfix/second", at=first, files=fix)
    ready.sha = ready.pull.head_sha
    ready.pass_verdict()
    ready.repo.tag("v1.2.4-hotfix.2", at=ready.sha, message="Hotfix")
    mark = {"version": 1, "kind": "deploy", "key": "second", "run": 0, "attempt": 1}
    ready.acme.admin.deploy(ready.repo, ready.sha, "staging", "success", payload={"hotfix": mark})
    for region, before in (("eu", "v1.2.4-hotfix.1"), ("us", "v1.2.3"), ("asia", "v1.2.4-hotfix.1")):
        back = f'test "$HOTFIX_PREVIOUS_TAG" = {before}'
        done = deploy(ready, {"run_id": 8}, tmp_path / "log", target=region, smoke="exit 1", rollback_run=back)
        assert done.outputs["rolled-back"] == "true", (region, done.report.reason)


def test_the_commands_of_gates_find_the_target_when_watching(ready: Shop, tmp_path: Path) -> None:
    log = tmp_path / "log"
    gates = f"- {{command: 'echo \"$HOTFIX_TARGET $HOTFIX_PERCENTAGE\" >>{log}', count: 1, interval: 100ms}}"
    deploy(ready, {}, tmp_path / "deployed", target="eu")
    done = ready.do("monitor", {}, environment="production", target="eu", gates=gates, duration="100ms")
    assert done.status == 0
    assert log.read_text().splitlines()[0] == "eu 100"


def test_the_commands_of_gates_find_the_deployment(ready: Shop, tmp_path: Path) -> None:
    deployed = ready.do("deploy", environment="production", **ready.inputs())
    log = tmp_path / "log"
    gates = f"- {{command: 'echo \"$HOTFIX_DEPLOYMENT_ID\" >>{log}', count: 1, interval: 100ms}}"
    assert ready.do("monitor", environment="production", gates=gates, duration="100ms").status == 0
    assert log.read_text().splitlines()[0] == deployed.outputs["deployment-id"]


def test_gates_find_each_variable_even_if_github_is_down(ready: Shop, tmp_path: Path) -> None:
    """A command with `set -u` would fail without them, and so cause a rollback."""
    log = tmp_path / "log"
    known = "$HOTFIX_ENVIRONMENT $HOTFIX_SHA $HOTFIX_TARGET $HOTFIX_PERCENTAGE"
    unknown = "$HOTFIX_TAG$HOTFIX_PREVIOUS_SHA$HOTFIX_PREVIOUS_TAG$HOTFIX_DEPLOYMENT_ID"
    gates = f"- {{command: 'set -u; echo \"{known}{unknown}\" >>{log}', count: 1, interval: 100ms}}"
    ready.github.outage = True
    done = ready.do("monitor", environment="production", target="eu", gates=gates, duration="100ms", retry_for="100ms")
    ready.github.outage = False
    ready.github.ignore_violations()
    assert done.status == 0, done.report.reason
    assert log.read_text().splitlines()[0] == f"production {ready.sha} eu 100"


def test_staging_is_the_environment_that_the_policy_names(shop: Shop) -> None:
    """GitHub ignores the case of environments' names, and they may contain a slash."""
    shop.policy(production="{environment: prod/eu, staging: Stage/EU}")
    shop.acme.admin.deploy(shop.repo, "v1.2.3", "prod/eu", "success")
    shop.pass_verdict()
    assert shop.do("tag").status == 0
    refused = shop.do("deploy", environment="prod/eu", **shop.inputs())
    assert "was not deployed to Stage/EU successfully" in refused.report.reason
    assert shop.do("deploy", environment="stage/eu", run="true").status == 0
    done = shop.do("deploy", environment="Prod/EU", **shop.inputs())
    assert (done.status, shop.app.routes) == (0, {shop.sha: 100}), done.report.reason


def test_another_staging_than_the_policys_is_refused(shop: Shop) -> None:
    """Whoever edits the workflow could name an environment without protection, and deploy to it first."""
    shop.policy(production="{staging: qa}")
    shop.pass_verdict()
    shop.acme.dev.deploy(shop.repo, shop.sha, "sandbox", "success")
    shop.repo.tag("v1.2.4-hotfix.1", at=shop.sha, message="Hotfix")
    deploys = [("deploy", {"environment": name}) for name in ("sandbox", "production")]
    for command, inputs in (("tag", {}), *deploys, ("ship", {})):
        done = shop.do(command, staging_environment="sandbox", **inputs, **shop.inputs())
        assert (done.status, done.report.state) == (2, "usage-error")
        assert done.report.reason.startswith("The policy's staging environment is 'qa', not 'sandbox'.")
    assert shop.deployments("sandbox") == [(shop.sha, "success")]
    assert shop.app.routes == {"v1.2.3": 100}


def test_the_input_names_staging_if_the_policy_does_not(shop: Shop) -> None:
    shop.pass_verdict()
    done = shop.do("ship", staging_environment="qa", **shop.inputs(duration="100ms"))
    assert done.status == 0, done.report.reason
    assert shop.deployments("qa") == [(shop.sha, "success")]
