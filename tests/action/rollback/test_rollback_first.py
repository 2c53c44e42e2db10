"""A rollback does not depend on GitHub: outages, lost tokens and rate limits don't keep a broken version live."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.action.conftest import Shop
from tests.action.runner import Job, Result
from tests.waiting import eventually

TROUBLE: dict[str, Callable[[Shop], object]] = {
    "outage": lambda shop: setattr(shop.github, "outage", 503),
    "expired token": lambda shop: shop.acme.installation.revoke_tokens(),
    "rate limit": lambda shop: shop.github.faults.add("*", status=429, retry_after=600),
    "silence": lambda shop: shop.github.faults.add("*", hold=True),
}
PATIENT = "5m"
"""A `retry-for` longer than any test runs; none of it may elapse before the rollback."""


def calm(shop: Shop) -> None:
    shop.github.outage = False
    shop.github.faults.clear()
    shop.github.ignore_violations()


def break_it(shop: Shop, trouble: str, job: Job, **inputs: str) -> Result:
    """Ship a hotfix that becomes unhealthy while GitHub fails; GitHub recovers after the rollback."""
    running = job.begin(command="ship", **inputs)
    running.wait_for("Watching production")
    TROUBLE[trouble](shop)
    shop.app.set_version(shop.sha, healthy=False)
    try:
        eventually(lambda: shop.app.routes == {"v1.2.3": 100}, "the traffic to be back")
    finally:
        calm(shop)
    return running.wait()


def rollback(shop: Shop, **inputs: str) -> Result:
    back = {**shop.inputs(), "retry_for": "2s", **inputs}
    return shop.job().uses(command="rollback", **{name: value for name, value in back.items() if name != "run"})


@pytest.mark.parametrize("trouble", TROUBLE)
def test_ship_rolls_back_even_if_github_fails(ready: Shop, trouble: str) -> None:
    """`retry-for` applies to GitHub's records, not to traffic. An expired token stays expired, hence the short one."""
    job = ready.job(token=ready.acme.installation.token())
    patience = "2s" if trouble == "expired token" else PATIENT
    ended = break_it(ready, trouble, job, **ready.inputs(duration="10m", retry_for=patience, interval="200ms"))
    assert ready.app.routes == {"v1.2.3": 100}, ended.log[-3000:]
    assert ended.status == 1
    assert (ended.outputs["rolled-back"], ended.outputs["rolled-back-to"]) == ("true", "v1.2.3")


def test_what_github_does_not_know_of_is_watched_too(ready: Shop) -> None:
    inputs, held = ready.inputs(duration="10m", retry_for="1s", interval="200ms"), ready.held()
    inputs["run"] += f"; {held.script}"
    running = ready.job().begin(command="ship", **inputs)
    running.wait_for("HELD")
    ready.github.outage = 503
    held.release()
    running.wait_for("Watching production")
    ready.app.set_version(ready.sha, healthy=False)
    ended = running.wait()
    calm(ready)
    assert "could not be recorded on GitHub" in ended.log
    assert ended.outputs["rolled-back-to"] == "v1.2.3"
    assert ready.app.routes == {"v1.2.3": 100}


def test_a_watch_whose_rollback_fails_is_on_record(ready: Shop) -> None:
    running = ready.job().begin(
        command="ship", **{**ready.inputs(duration="10m", interval="200ms"), "rollback_run": "exit 7"}
    )
    running.wait_for("Watching production")
    ready.app.set_version(ready.sha, healthy=False)
    ended = running.wait()
    assert ended.outputs["state"] == "rollback-failed"
    assert ready.deployments("production")[-1] == (ready.sha, "error")


def test_a_rollback_needs_no_token(ready: Shop) -> None:
    """Without a token, the rollback uses the state saved on the runner."""
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    back = {name: value for name, value in ready.inputs(retry_for="2s").items() if name != "run"}
    done = ready.job(token="").uses(command="rollback", **back)
    assert (done.outcome, "Using what this runner saved" in done.log) == ("success", True), done.log
    assert ready.app.routes == {"v1.2.3": 100}


@pytest.mark.parametrize("environment", ["", "live"])
def test_an_invalid_policy_keeps_no_broken_version_live(shop: Shop, tmp_path: Path, environment: str) -> None:
    """Its environment, if given, counts as production, so a writer's deployment is not restored."""
    shop.policy(production=f"{{environment: {environment or 'production'}}}")
    shop.acme.admin.deploy(shop.repo, "v1.2.3", environment or "production", "success")
    shop.pass_verdict()
    assert shop.do("ship", **shop.inputs(duration="100ms")).status == 0
    shop.repo.commit("main", {".github/hotfix.yml": "rules: [x"}, message="Typo", author=shop.acme.admin)
    given = {"environment": environment} if environment else {}
    job = shop.job(environ={"XDG_STATE_HOME": str(tmp_path / "new-runner")})
    done = job.uses(command="rollback", rollback_run=shop.inputs()["rollback_run"], **given)
    assert (done.outcome, shop.app.routes) == ("success", {"v1.2.3": 100}), done.log
    assert "The policy is invalid: .github/hotfix.yml:1" in done.log
    named = environment or "production"
    assert f"The default one applies instead, with '{named}' as production." in done.log


@pytest.mark.parametrize("lost", ["empty", "expired"])
def test_an_invalid_policy_and_a_lost_token_block_no_rollback(ready: Shop, tmp_path: Path, lost: str) -> None:
    assert ready.do("ship", **ready.inputs(duration="100ms")).status == 0
    ready.repo.commit("main", {".github/hotfix.yml": "rules: [x"}, message="Typo", author=ready.acme.admin)
    token = "" if lost == "empty" else ready.acme.installation.token()
    ready.github.clock.advance(2 * 3600)
    job = ready.job(environ={"XDG_STATE_HOME": str(tmp_path / "new-runner")})
    done = job.uses(command="rollback", token=token, rollback_run=ready.inputs()["rollback_run"])
    calm(ready)
    assert (done.outcome, ready.app.routes) == ("success", {"v1.2.3": 100}), done.log


@pytest.mark.parametrize("deployed", [True, False])
def test_an_invalid_policy_leads_to_no_guessed_environment(shop: Shop, tmp_path: Path, deployed: bool) -> None:
    """The policy named `live`. Only a deployment of the Action shows that now, and not the name `production`."""
    shop.policy(production="{environment: live}")
    shop.acme.admin.deploy(shop.repo, "v1.2.3", "live", "success")
    older = shop.repo.commit("release/1.2", {"b.txt": "1"}, message="Older", at="v1.2.3")
    shop.repo.tag("v1.2.2", at=older, message="Release")
    for tag in ("v1.2.2", "v1.2.3"):
        shop.acme.admin.deploy(shop.repo, tag, "production", "success")
    shop.pass_verdict()
    if deployed:
        assert shop.do("ship", **shop.inputs(duration="100ms")).status == 0
    shop.repo.commit("main", {".github/hotfix.yml": "rules: [x"}, message="Typo", author=shop.acme.admin)
    new_runner = {"environ": {"XDG_STATE_HOME": str(tmp_path / "new-runner")}}
    done = shop.do("rollback", new_runner, rollback_run=shop.inputs()["rollback_run"])
    assert shop.app.routes == {"v1.2.3": 100}, done.report.reason
    assert (done.status, done.report.state) == ((0, "success") if deployed else (2, "usage-error"))
    if not deployed:
        assert "name the environment by 'environment: ...'" in done.report.reason


def test_an_invalid_policy_restores_no_writers_version(shop: Shop) -> None:
    shop.policy(production="{environment: live}")
    wild = shop.repo.commit("wild", {"src/wild.py": "x = 1\n"}, message="Wild", at="v1.2.3", author=shop.acme.dev)
    shop.repo.tag("v1.2.4", at=wild, pusher=shop.acme.dev)
    for ref in ("v1.2.4", "v1.2.3"):
        shop.acme.dev.deploy(shop.repo, ref, "live", "success")
    shop.repo.commit("main", {".github/hotfix.yml": "rules: [x"}, message="Typo", author=shop.acme.admin)
    done = shop.do("rollback", environment="live", rollback_run=shop.inputs()["rollback_run"])
    assert done.status != 0, done.outputs
    assert "v1.2.4" in done.report.reason, done.report.reason
    assert shop.app.routes == {"v1.2.3": 100}
    assert shop.app.deployments == [("v1.2.3", 100)]


@pytest.mark.parametrize("lost", ["empty", "expired"])
def test_a_new_runner_rolls_back_with_the_jobs_own_token(ready: Shop, tmp_path: Path, lost: str) -> None:
    """A renamed secret is an empty input, and a new hosted runner can only learn of a deployment from GitHub."""
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    token = "" if lost == "empty" else ready.acme.installation.token()
    ready.acme.installation.revoke_tokens()
    fresh = {"WEBAPP": ready.app.command, "XDG_STATE_HOME": str(tmp_path / "fresh")}
    inputs = {name: value for name, value in ready.inputs().items() if name != "run"}
    done = ready.job(environ=fresh).uses(command="rollback", token=token, **inputs)
    calm(ready)
    assert (done.outcome, ready.app.routes) == ("success", {"v1.2.3": 100}), done.log
    assert "the job's own token is used from here on" in done.log
    assert ready.deployments("production")[-1] == (ready.repo.sha("v1.2.3"), "success")


def test_a_canary_is_rolled_back_before_github_is_informed(ready: Shop) -> None:
    """`retry-for` is for GitHub's records: two minutes of it must not elapse while the canary fails."""
    inputs, held = ready.inputs(retry_for=PATIENT), ready.held()
    inputs["run"] += f"; {held.script}; exit 1"
    running = ready.job().begin(command="deploy", environment="production", canary_steps="10,100", **inputs)
    running.wait_for("HELD")
    ready.github.outage = 503
    held.release()
    running.wait_for("has 100 % of the traffic")  # printed by rollback-run
    calm(ready)
    assert running.wait().outputs["rolled-back"] == "true"


def test_a_rollback_that_github_never_hears_of_is_reported(ready: Shop) -> None:
    inputs, held = ready.inputs(retry_for="1s"), ready.held()
    inputs["run"] += f"; {held.script}; exit 1"
    running = ready.job().begin(command="deploy", environment="production", canary_steps="10,100", **inputs)
    running.wait_for("HELD")
    ready.github.outage = 503
    held.release()
    ended = running.wait()
    calm(ready)
    assert ended.outputs["rolled-back"] == "true"
    assert "could not be recorded on GitHub" in ended.log


def test_no_usage_error_follows_a_users_command(ready: Shop) -> None:
    """Exit status 2 means that nothing was changed."""
    inputs, held = ready.inputs(retry_for="1s"), ready.held()
    inputs["run"] += f"; {held.script}"
    job = ready.job(token=ready.acme.installation.token())
    running = job.begin(command="deploy", environment="production", **inputs)
    running.wait_for("HELD")
    ready.acme.installation.revoke_tokens()
    held.release()
    ended = running.wait()
    calm(ready)
    assert ended.status == 3
    assert "v1.2.4-hotfix.1 runs in production, but could not be recorded on GitHub" in ended.outputs["reason"]
    assert ready.app.routes == {ready.sha: 100}


def test_the_rollback_command_goes_by_what_the_runner_saved(ready: Shop) -> None:
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    ready.github.outage = 503
    done = rollback(ready)
    assert ready.app.routes == {"v1.2.3": 100}, done.log
    assert (done.outcome, done.outputs["rolled-back-to"]) == ("success", "v1.2.3")
    assert "Using what this runner saved" in done.log
    again = rollback(ready)
    assert again.outputs["rolled-back"] == "false", "it was rolled back already"
    calm(ready)
    assert rollback(ready).outcome == "success"
    old = ready.repo.sha("v1.2.3")
    assert [d for d in ready.deployments("production") if d[1] == "success"] == [(old, "success")]


def test_an_outage_without_a_saved_deployment_is_reported(ready: Shop) -> None:
    ready.github.outage = 503
    done = rollback(ready)
    calm(ready)
    assert done.status == 3
    assert "In the last day, this runner saved no deployment to use instead." in done.outputs["reason"]
    assert ready.app.routes == {"v1.2.3": 100}
    assert len(ready.app.deployments) == 1


def test_what_the_runner_keeps_holds_no_command_and_no_variable(ready: Shop, tmp_path: Path) -> None:
    """A workflow may have put a secret into them, and the file outlives the job."""
    assert (
        ready.do("deploy", environment="production", **ready.inputs(rollback_run="true # s3cr3t $WEBAPP")).status == 0
    )
    kept = list((tmp_path / "jobs/runner-state/hotfix-action").glob("*.json"))
    texts = [file.read_text() for file in kept]
    assert any("v1.2.3" in text for text in texts)
    assert not any("s3cr3t" in text or "WEBAPP" in text for text in texts)
    assert all(file.stat().st_mode & 0o077 == 0 for file in kept)


@pytest.mark.parametrize("where", ["run", "smoke", "rollback_run"])
def test_a_rollback_needs_no_file_of_the_runner(ready: Shop, tmp_path: Path, where: str) -> None:
    """A full disk, or a command that deletes too many files, must not keep a broken version live."""
    inputs = {**ready.inputs(), "smoke": "exit 1"}
    inputs[where] = f"rm -rf {tmp_path}/jobs/job-*/temp; {inputs[where]}"
    done = ready.do("deploy", environment="production", canary_steps="10,100", **inputs)
    assert ready.app.routes == {"v1.2.3": 100}, done.report.reason
    assert (done.status, done.outputs["rolled-back"]) == (1, "true")
    assert ready.deployments("production")[-1] == (ready.sha, "failure")


def test_a_watch_that_breaks_off_is_rolled_back(ready: Shop, tmp_path: Path) -> None:
    """If the Action itself fails while monitoring, nothing would detect that the new version is unhealthy."""
    gates = f"- command: rm -rf {tmp_path}/jobs/job-*/temp; exit 1"
    done = ready.do("ship", gates=gates, **ready.inputs(duration="1s"))
    assert ready.app.routes == {"v1.2.3": 100}, done.report.reason
    assert (done.status, done.outputs["rolled-back-to"]) == (1, "v1.2.3")


def test_a_version_that_runs_stays_though_its_state_is_gone(ready: Shop, tmp_path: Path) -> None:
    smoke = f"rm -rf {tmp_path}/jobs/job-*/temp"
    done = ready.do("deploy", environment="production", **ready.inputs(smoke=smoke))
    assert (done.status, ready.app.routes) == (0, {ready.sha: 100}), done.report.reason
    assert ready.deployments("production")[-1] == (ready.sha, "success")


def unrecorded(shop: Shop) -> Job:
    """Ship a version that becomes unhealthy while GitHub is down; it is rolled back, but GitHub shows it as live."""
    job = shop.job()
    running = job.begin(command="ship", **shop.inputs(duration="10m", retry_for="1s", interval="200ms"))
    running.wait_for("Watching production")
    shop.github.outage = 503
    shop.app.set_version(shop.sha, healthy=False)
    ended = running.wait()
    calm(shop)
    shop.app.set_version(shop.sha, healthy=True)
    assert (ended.outputs["state"], shop.app.routes) == ("failure", {"v1.2.3": 100})
    assert "GitHub still shows that v1.2.4-hotfix.1 runs in production, which is back on v1.2.3" in ended.log
    assert shop.deployments("production")[-1] == (shop.sha, "success")
    return job


def test_a_rollback_that_is_not_on_record_is_recorded_by_the_job(ready: Shop) -> None:
    job = unrecorded(ready)
    later = job.uses(command="monitor", environment="production", gates="- command: 'true'", duration="50ms")
    assert later.statuses == {"runtime": 0, "run": 0, "recover": 1}
    assert "production is back on v1.2.3. It was rolled back because: The gate" in later.outputs["reason"]
    states = [(ready.repo.sha("v1.2.3"), "inactive"), (ready.sha, "failure"), (ready.repo.sha("v1.2.3"), "success")]
    assert ready.deployments("production") == states


def test_an_expired_token_hides_no_rollback_from_the_last_step(ready: Shop) -> None:
    """The last step first checks whether the rollback is recorded, which needs a token as well."""
    job, token = unrecorded(ready), ready.acme.installation.token()
    ready.acme.installation.revoke_tokens()
    watch = {"gates": "- command: 'true'", "duration": "50ms", "environment": "production"}
    later = job.uses(command="monitor", token=token, **watch)
    calm(ready)
    states = [(ready.repo.sha("v1.2.3"), "inactive"), (ready.sha, "failure"), (ready.repo.sha("v1.2.3"), "success")]
    assert ready.deployments("production") == states, later.log


def test_what_was_rolled_back_unrecorded_does_not_run_already(ready: Shop) -> None:
    """Another job on this runner must not rely on GitHub's outdated record."""
    unrecorded(ready)
    assert ready.do("deploy", environment="production", **ready.inputs()).status == 0
    assert ready.app.routes == {ready.sha: 100}


def test_an_expired_token_is_replaced_by_the_jobs_own(ready: Shop) -> None:
    """An App's token expires after an hour, possibly during a watch; the rollback must be recorded nevertheless."""
    inputs = ready.inputs(duration="10m", interval="200ms", token=ready.acme.installation.token())
    running = ready.job().begin(command="ship", **inputs)
    running.wait_for("Watching production")
    ready.acme.installation.revoke_tokens()
    ready.app.set_version(ready.sha, healthy=False)
    ended = running.wait()
    calm(ready)
    assert ended.outputs["state"] == "failure"
    assert [state for _, state in ready.deployments("production")] == ["inactive", "failure", "success"]


def test_what_is_left_to_do_after_production_is_named(ready: Shop) -> None:
    held = ready.held()
    gates = f"- command: |\n    {held.script}"
    inputs = ready.inputs(duration="100ms", retry_for="1s", interval="50ms", gates=gates)
    running = ready.job().begin(command="ship", **inputs)
    running.wait_for("HELD")
    ready.github.outage = 503
    held.release()
    ended = running.wait()
    calm(ready)
    left = "v1.2.4-hotfix.1 runs in production, and the back-merge is still to be done. GitHub returned a server error"
    assert ended.outputs["reason"].startswith(left)


def test_a_cancel_after_production_names_what_is_left(ready: Shop) -> None:
    ready.repo.branch("develop", at="main")
    held = ready.held()
    inputs = ready.inputs(duration="100ms", interval="50ms", into="develop", gates=f"- command: |\n    {held.script}")
    running = ready.job().begin(command="ship", **inputs)
    running.wait_for("HELD")
    opening = ready.github.faults.add("/repos/acme/shop/pulls", "POST", hold=True)
    held.release()
    opening.wait_for_held(1)
    running.send(signal.SIGTERM)  # unlike the runner, without a time limit
    ended = running.wait()
    opening.remove()
    assert (ended.outputs["state"], ready.app.routes) == ("cancelled", {ready.sha: 100})
    left = "v1.2.4-hotfix.1 runs in production, and the back-merge is still to be done. The run was cancelled."
    assert ended.outputs["reason"] == left
