"""The way of a hotfix from its branch to production and back, as the runner runs it."""

from __future__ import annotations

import json

from tests.action.conftest import Shop


def test_an_approved_hotfix_is_tagged_staged_and_deployed(shop: Shop) -> None:
    shop.pass_verdict()
    job = shop.job()
    tagged = job.uses(command="tag")
    assert tagged.outcome == "success", tagged.log
    assert tagged.outputs["tag"] == "v1.2.4-hotfix.1"
    assert tagged.outputs["previous-tag"] == "v1.2.3"
    staged = job.uses(command="deploy", environment="staging", run="true")
    assert staged.outcome == "success", staged.log
    deployed = job.uses(command="deploy", environment="production", canary_steps="10,100", **shop.inputs())
    assert deployed.outcome == "success", deployed.log
    assert shop.app.routes == {shop.sha: 100}
    assert shop.app.deployments[1:] == [(shop.sha, 10), (shop.sha, 100)]
    assert shop.deployments("production") == [(shop.repo.sha("v1.2.3"), "inactive"), (shop.sha, "success")]
    assert json.loads(deployed.outputs["result"])["state"] == "success"


def test_a_failing_gate_brings_the_previous_version_back(ready: Shop) -> None:
    ready.app.set_version(ready.sha, error_rate=0.5)
    gates = f"- prometheus: {ready.app.prometheus}\n  query: errors\n  max: 0.1%"
    result = ready.job().uses(
        command="deploy", environment="production", canary_steps="10,100", gates=gates, **ready.inputs()
    )
    assert (result.outcome, result.status) == ("failure", 1), result.log
    assert ready.app.routes == {"v1.2.3": 100}
    assert result.outputs["rolled-back"] == "true"
    assert result.outputs["state"] == "failure"
