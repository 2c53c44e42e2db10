"""`deploy`: its preconditions, the deployments it records, and the state after each failure."""

from __future__ import annotations

import pytest

from tests.action.conftest import Done, Shop
from tests.github.acme import POLICY

TO_PRODUCTION = {"environment": "production", "canary_steps": "10,100"}


def production(shop: Shop, **inputs: str) -> Done:
    return shop.do("deploy", **{**TO_PRODUCTION, **shop.inputs(**inputs)})


def nothing_happened(shop: Shop) -> bool:
    return shop.app.routes == {"v1.2.3": 100} and len(shop.deployments("production")) == 1


def test_the_deployment_records_its_steps_and_previous_version(ready: Shop) -> None:
    done = production(ready, environment_url="https://shop.example.com", smoke="test -n $HOTFIX_TAG")
    assert done.status == 0
    newest, before = ready.repo.deployments("production")
    assert newest["id"] == int(done.outputs["deployment-id"])
    assert (newest["ref"], newest["sha"], newest["production_environment"]) == ("v1.2.4-hotfix.1", ready.sha, True)
    mark = newest["payload"]["hotfix"]
    assert (mark["kind"], mark["tag"], mark["steps"]) == ("deploy", "v1.2.4-hotfix.1", [10, 100])
    assert mark["previous"] == {"tag": "v1.2.3", "sha": ready.repo.sha("v1.2.3")}
    assert [(s["state"], s["description"]) for s in reversed(newest["statuses"])] == [
        ("in_progress", "10 % on v1.2.4-hotfix.1"),
        ("in_progress", "100 % on v1.2.4-hotfix.1"),
        ("success", "v1.2.4-hotfix.1 runs"),
    ]
    last = newest["statuses"][0]
    assert last["environment_url"] == "https://shop.example.com"
    assert "/actions/runs/" in last["log_url"]
    assert (before["statuses"][0]["state"], before["statuses"][0]["description"]) == (
        "inactive",
        f"Deployment {newest['id']} took its place",
    )


def test_production_requires_staging_with_the_same_commit(shop: Shop) -> None:
    shop.pass_verdict()
    done = production(shop)
    assert (done.status, done.report.state) == (1, "refused")
    assert f"{shop.sha[:12]} was not deployed to staging successfully." in done.report.reason
    assert nothing_happened(shop)


def test_a_failed_staging_does_not_count(shop: Shop) -> None:
    shop.pass_verdict()
    staged = shop.do("deploy", environment="staging", run="exit 3")
    assert (staged.status, staged.outputs["rolled-back"]) == (1, "false")
    assert shop.deployments("staging") == [(shop.sha, "failure")]
    assert production(shop).report.state == "refused"


def test_staging_counts_though_another_commit_is_there_now(ready: Shop) -> None:
    ready.acme.admin.deploy(ready.repo, "main", "staging", "success")
    assert production(ready).status == 0


@pytest.mark.parametrize(
    ("conclusion", "title", "status", "state"),
    [
        ("failure", "1 of 13 rules fails: size", 1, "refused"),
        ("action_required", "1 of 13 rules waits: review", 1, "refused"),
        ("success", "not a hotfix", 1, "refused"),
        (None, "could not tell, retrying", 3, "unknown"),
    ],
)
def test_production_needs_a_passing_verdict(
    ready: Shop, conclusion: str | None, title: str, status: int, state: str
) -> None:
    ready.say_verdict(conclusion, title)
    done = production(ready)
    assert (done.status, done.report.state) == (status, state)
    assert nothing_happened(ready)


def test_production_needs_a_way_back_before_it_begins(ready: Shop) -> None:
    done = ready.do("deploy", environment="production", run="true")
    assert done.status == 2
    assert "Production requires a command that restores v1.2.3. Add 'rollback-run: ...'" in done.report.reason
    assert nothing_happened(ready)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"run": '$WEBAPP deploy "$HOTFIX_SHA" "$HOTFIX_PERCENTAGE"; exit 4'}, "exit status 4 at 10 %"),
        ({"smoke": "exit 5"}, "The command of 'smoke' ended with exit status 5 at 100 %."),
        ({"health_url": "http://127.0.0.1:9/health", "health_wait": "300ms"}, "was not healthy within 300ms"),
        ({"gates": "- command: test $HOTFIX_PERCENTAGE -lt 100"}, "failed at 100 %: exit status 1"),
    ],
)
def test_any_failure_restores_the_previous_version(ready: Shop, inputs: dict[str, str], why: str) -> None:
    if "health_url" in inputs:  # so nothing is healthy after the rollback either
        inputs = {**inputs, "rollback_run": '$WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100; exit 1'}
    done = production(ready, **inputs)
    assert done.status == 1
    assert why in done.report.reason
    assert ready.app.routes == {"v1.2.3": 100}
    if "health_url" in inputs:
        assert done.report.state == "rollback-failed"
        return
    assert (done.report.state, done.outputs["rolled-back"]) == ("failure", "true")
    assert ready.deployments("production") == [(ready.repo.sha("v1.2.3"), "success"), (ready.sha, "failure")]
    newest = ready.repo.deployments("production")[0]
    assert newest["statuses"][0]["description"].startswith("Rolled back to v1.2.3: ")


def test_a_rollback_that_fails_is_loud_and_names_the_commands(ready: Shop) -> None:
    done = production(ready, smoke="exit 1", rollback_run="echo cannot; exit 9")
    assert (done.status, done.report.state, done.outputs["rolled-back"]) == (1, "rollback-failed", "false")
    for words in (
        "THE ROLLBACK FAILED: production may run v1.2.4-hotfix.1 or something else.",
        "The command of 'rollback-run' ended with exit status 9.",
        "It was rolled back because: The command of 'smoke' ended with exit status 1",
        "Restore v1.2.3 manually:",
        "export HOTFIX_PREVIOUS_TAG=v1.2.3",
        "echo cannot; exit 9",
    ):
        assert words in done.report.reason
    assert ready.deployments("production")[-1] == (ready.sha, "error")


def test_a_gate_that_cannot_be_measured_rolls_back(ready: Shop) -> None:
    gates = f"- prometheus: {ready.app.prometheus}\n  query: errors\n  max: 0.1%\n  error-limit: 1"
    breaks = f"echo '{{\"status\": 503}}' > {ready.app.folder}/knobs-balancer"
    done = production(
        ready, gates=gates, run=f'$WEBAPP deploy "$HOTFIX_SHA" "$HOTFIX_PERCENTAGE"; {breaks}', health_url=""
    )
    assert (done.status, done.report.state, done.outputs["rolled-back"]) == (3, "unknown", "true")
    assert ready.app.routes == {"v1.2.3": 100}


@pytest.mark.parametrize(
    ("knobs", "more"),
    [
        ({"value": "NaN"}, ""),
        ({"value": "3"}, "\n  samples-query: requests\n  min-samples: 1000"),
        ({"samples": 0}, ""),
    ],
    ids=["NaN", "few requests", "no sample"],
)
def test_a_canary_without_data_is_rolled_back(ready: Shop, knobs: dict[str, object], more: str) -> None:
    ready.app.set_balancer(**knobs)
    limits = "max: 0.1%\n  on-no-data: wait\n  error-limit: 1"
    gates = f"- prometheus: {ready.app.prometheus}\n  query: errors\n  {limits}{more}"
    done = production(ready, gates=gates)
    assert (done.status, done.outputs["rolled-back"]) == (3, "true")
    assert ready.app.routes == {"v1.2.3": 100}


def test_a_query_with_two_samples_is_refused_at_once(ready: Shop) -> None:
    ready.app.set_balancer(samples=2)
    done = production(ready, gates=f"- prometheus: {ready.app.prometheus}\n  query: errors\n  max: 0.1%")
    assert done.status == 2
    assert "gates[0]: The query returns 2 samples where one is expected." in done.report.reason
    assert nothing_happened(ready)


def test_a_prometheus_that_is_down_is_known_at_once(ready: Shop) -> None:
    done = production(ready, gates="- prometheus: http://127.0.0.1:9\n  query: errors\n  max: 0.1%")
    assert (done.status, done.report.state) == (3, "unknown")
    assert nothing_happened(ready)


def test_a_header_without_its_secret_is_refused_at_once(ready: Shop) -> None:
    done = production(ready, gates="- health: http://127.0.0.1:9\n  headers: {Authorization: '${NOT_SET}'}")
    assert done.status == 2
    assert "gates[0]: the environment variable NOT_SET of a header is not set." in done.report.reason
    assert nothing_happened(ready)


def test_an_unknown_environment_is_refused_with_the_known(ready: Shop) -> None:
    ready.repo.environment("qa")
    done = ready.do("deploy", environment="prodution", run="true")
    assert done.status == 2
    assert "The environment 'prodution' does not exist. There are: " in done.report.reason
    assert "qa" in done.report.reason
    assert ready.do("deploy", environment="qa", run="true").status == 0


def test_production_is_guarded_under_any_name(ready: Shop) -> None:
    ready.policy(production="{environment: live}")
    ready.repo.environment("production")
    done = ready.do("deploy", environment="production", **ready.inputs())
    assert (done.status, done.report.state) == (2, "usage-error")
    assert ready.app.routes == {"v1.2.3": 100}


def test_an_owners_policy_out_of_reach_is_unknown_not_absent(ready: Shop) -> None:
    """That policy might declare `live` as production, and the job's own token can't read it."""
    policy = {".github/hotfix.yml": "production: {environment: live}\n"}
    ready.github.create_repo("acme/.github", files=policy, private=True, owner=ready.acme.org)
    ready.repo.commit("main", {".github/hotfix.yml": None}, message="No policy", author=ready.acme.admin)
    ready.repo.environment("live")
    done = ready.do("deploy", environment="live", **ready.inputs())
    assert (done.status, done.report.state) == (3, "unknown")
    assert "acme/.github, whose policy would hold, may exist out of the token's reach" in done.report.reason
    assert nothing_happened(ready)


def test_an_environment_is_the_same_in_any_case(shop: Shop) -> None:
    shop.pass_verdict()
    assert shop.do("deploy", environment="Production", **shop.inputs()).report.state == "refused"  # no staging yet
    assert shop.do("deploy", environment="Staging", run='test "$HOTFIX_ENVIRONMENT" = staging').status == 0
    assert shop.do("deploy", environment="Production", **shop.inputs()).status == 0
    assert shop.deployments("production")[-1] == (shop.sha, "success")


def test_a_canary_without_gates_is_watched_by_its_health(ready: Shop) -> None:
    done = ready.do("deploy", environment="production", **ready.inputs(canary_steps="10,50,100", count="3"))
    assert (done.status, done.outputs["samples"]) == (0, "6")
    assert [m.what for m in done.report.timeline if m.what.startswith("Every gate")] == [
        "Every gate passed at 10 % (3 measurements)",
        "Every gate passed at 50 % (3 measurements)",
    ]


def test_a_commit_that_github_does_not_have_is_a_usage_error(shop: Shop) -> None:
    done = shop.do("deploy", environment="staging", run="true", sha="f" * 40)
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "Push that commit to the repository first." in done.report.reason


def test_the_previous_version_may_have_no_tag(shop: Shop) -> None:
    running = shop.repo.commit("release/1.2", {"b.txt": "1"}, message="never tagged", at="v1.2.3")
    shop.acme.admin.deploy(shop.repo, running, "production", "success")
    shop.pull = shop.acme.hotfix(branch="hotfix/late", at="release/1.2")
    shop.sha = shop.pull.head_sha
    shop.pass_verdict()
    assert shop.do("deploy", environment="staging", run="true").status == 0
    back = 'test "$HOTFIX_PREVIOUS_SHA,$HOTFIX_PREVIOUS_TAG" = ' + f"{running},"
    done = shop.do("deploy", environment="production", **shop.inputs(run="exit 3", rollback_run=back))
    assert (done.report.state, done.outputs["rolled-back"]) == ("failure", "true")


def test_the_first_recorded_deployment_has_a_way_back(ready: Shop) -> None:
    ready.forget_production()
    done = ready.do("deploy", environment="production", **ready.inputs(run="exit 3"))
    assert (done.report.state, done.outputs["rolled-back"]) == ("failure", "true")
    assert ready.app.deployments[-1] == ("v1.2.3", 100)


def test_a_dry_run_says_each_step_and_changes_nothing(ready: Shop) -> None:
    calls = len(ready.github.calls)
    done = production(ready, dry_run="true", smoke="true")
    assert done.status == 0
    reported = [moment.what for moment in done.report.timeline]
    assert "Would run the deploy command for 10 % of production with v1.2.4-hotfix.1" in reported
    assert "Would run rollback-run to restore v1.2.3 if any of it fails" in reported
    assert nothing_happened(ready)
    asked = [call for call in ready.github.calls[calls:] if call.actor != "_sim"]
    assert all(call.method == "GET" or call.path == "/graphql" for call in asked)


def test_a_deployment_in_two_steps_costs_at_most_15_requests(ready: Shop) -> None:
    """Teams in the policy cost no requests: the job's own token can't read teams, so they are not requested."""
    ready.github.forget()
    assert production(ready).status == 0
    asked = [f"{call.method} {call.path}" for call in ready.github.calls if call.actor != "_sim"]
    assert len(asked) <= 15, asked


def test_a_cron_jobs_deployment_is_not_brought_back(ready: Shop) -> None:
    ready.repo.deploy_by_actions("main")
    back = '$WEBAPP deploy "$HOTFIX_PREVIOUS_SHA" 100'
    done = production(ready, smoke="exit 1", rollback_run=back)
    assert done.outputs["rolled-back"] == "true"
    assert ready.app.routes == {ready.repo.sha("v1.2.3"): 100}


def test_a_rerun_after_success_deploys_nothing_again(ready: Shop) -> None:
    first, second = production(ready), production(ready)
    assert (first.status, second.status) == (0, 0)
    assert first.outputs["deployment-id"] == second.outputs["deployment-id"]
    assert ready.app.deployments[1:] == [(ready.sha, 10), (ready.sha, 100)]
    assert len(ready.deployments("production")) == 2


def test_a_rerun_after_a_rollback_tries_again(ready: Shop) -> None:
    assert production(ready, smoke="exit 1").status == 1
    assert production(ready).status == 0
    assert ready.app.routes == {ready.sha: 100}


@pytest.mark.parametrize("missing", ["deployments", "checks", "contents"])
def test_a_missing_permission_is_named_and_nothing_is_half_done(ready: Shop, missing: str) -> None:
    may = {"contents": "read", "deployments": "write", "checks": "read", "pull_requests": "read", "actions": "read"}
    token = ready.github.workflow_token(ready.repo, {k: v for k, v in may.items() if k != missing})
    done = production(ready, token=token)
    assert done.status == 2
    assert "Give the job 'permissions: {" in done.report.reason
    assert missing in done.report.reason
    assert nothing_happened(ready)


def test_the_least_permissions_that_are_documented_are_enough(ready: Shop) -> None:
    least = {
        "contents": "read",
        "deployments": "write",
        "checks": "read",
        "pull_requests": "read",
        "actions": "read",
    }
    assert production(ready, token=ready.github.workflow_token(ready.repo, least)).status == 0


def test_without_an_app_the_verdict_is_reached_here(shop: Shop) -> None:
    assert shop.do("deploy", environment="staging", run="true").status == 0
    shop.repo.commit("main", {".github/hotfix.yml": POLICY}, message="No App", author=shop.acme.admin)
    unread = production(shop)
    assert (unread.status, unread.report.state) == (3, "unknown")
    assert "the job's own token reads no teams" in unread.report.reason
    shop.name_people()
    waits = production(shop)
    assert (waits.status, waits.report.state) == (1, "refused")
    assert "review" in waits.report.reason
    assert nothing_happened(shop)
    shop.acme.lead.review(shop.pull, "APPROVE")
    assert production(shop).status == 0
    assert shop.app.routes == {shop.sha: 100}
