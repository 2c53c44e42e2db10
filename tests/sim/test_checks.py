"""Checks, deployments, releases, users and workflows on the simulated GitHub."""

from __future__ import annotations

from typing import Any

import pytest

from tests.github import Acme, Refused

WORKFLOW = """\
name: Deploy
on:
  push: {branches: [main]}
  pull_request:
  workflow_dispatch:
    inputs:
      tag: {required: true}
jobs: {}
"""


@pytest.fixture
def app(acme: Acme) -> Any:
    """Return a function that makes calls as the installation and raises on errors."""
    token = acme.installation.token()
    return lambda method, path, body=None: acme.github.wire.must(method, acme.shop.path + path, token, body)


def test_a_ruleset_keeps_its_rules_and_other_protection(acme: Acme) -> None:
    """Each check keeps its own App, in REST and in GraphQL, and the branch keeps what it required before."""
    acme.shop.protect("main", required_checks=("build",), required_reviews=1)
    checks = [{"context": "hotfix", "integration_id": acme.app.id}, {"context": "lint"}]
    rule = {
        "type": "required_status_checks",
        "parameters": {"strict_required_status_checks_policy": False, "required_status_checks": checks},
    }
    conditions = {"ref_name": {"include": ["refs/heads/main"], "exclude": []}}
    sent = {"name": "checks", "enforcement": "active", "conditions": conditions, "rules": [rule]}

    def ask(method: str, path: str, body: object = None) -> Any:
        return acme.github.wire.must(method, acme.shop.path + path, acme.admin.token, body)

    made = ask("POST", "/rulesets", sent)
    shown = ask("GET", f"/rulesets/{made['id']}")
    assert (shown["rules"], shown["conditions"]) == ([rule], conditions)
    [applied] = ask("GET", "/rules/branches/main")
    assert (applied["parameters"], applied["ruleset_id"]) == (rule["parameters"], made["id"])
    assert ask("GET", "/rules/branches/develop") == []
    required = ask("GET", "/branches/main")["protection"]["required_status_checks"]["checks"]
    assert {each["context"]: each["app_id"] for each in required} == {
        "build": None, "hotfix": acme.app.id, "lint": None,
    }  # fmt: skip
    assert acme.github.rest("GET", f"{acme.shop.path}/rulesets/1", acme.admin.token).status == 404


def test_protection_by_a_ruleset_is_a_ruleset_in_rest_too(acme: Acme) -> None:
    acme.shop.protect("main", ruleset=True, app=acme.app, linear_history=True, merge_queue=True, signatures=True)
    rules = acme.github.wire.must("GET", f"{acme.shop.path}/rules/branches/main", acme.admin.token)
    checks = [rule["parameters"]["required_status_checks"] for rule in rules if "checks" in rule["type"]]
    assert checks == [[{"context": "hotfix", "integration_id": acme.app.id}]]
    assert {"pull_request", "required_linear_history", "merge_queue"} < {rule["type"] for rule in rules}


def test_a_check_run_lives_from_queued_to_completed(acme: Acme, app: Any) -> None:
    pull = acme.hotfix()
    made = app("POST", "/check-runs", {"name": "hotfix", "head_sha": pull.head_sha, "status": "in_progress"})
    assert (made["status"], made["conclusion"]) == ("in_progress", None)
    assert made["pull_requests"][0]["number"] == pull.number
    annotation = {
        "path": "src/cart.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "Here",
    }  # fmt: skip
    done = {
        "status": "completed",
        "conclusion": "action_required",
        "external_id": "1",
        "output": {"title": "1 of 13", "summary": "text", "annotations": [annotation]},
        "actions": [{"label": "Again", "description": "Evaluate again", "identifier": "recheck"}],
    }
    app("PATCH", f"/check-runs/{made['id']}", done)
    app("PATCH", f"/check-runs/{made['id']}", {"output": {"title": "t", "summary": "s", "annotations": [annotation]}})
    shown = app("GET", f"/check-runs/{made['id']}")
    assert (shown["conclusion"], shown["output"]["annotations_count"]) == ("action_required", 2)
    assert len(app("GET", f"/check-runs/{made['id']}/annotations")) == 2
    assert app("GET", f"/commits/{pull.head_sha}/check-runs?check_name=hotfix")["total_count"] == 1
    assert app("GET", "/commits/hotfix/cart/check-runs?status=completed")["total_count"] == 1
    suite = app("GET", f"/commits/{pull.head_sha}/check-suites?app_id={acme.app.id}")["check_suites"][0]
    assert app("GET", f"/check-suites/{suite['id']}")["head_branch"] == "hotfix/cart"
    assert app("GET", f"/check-suites/{suite['id']}/check-runs")["total_count"] == 1
    acme.github.forget()
    acme.dev.rerequest(acme.shop, made["id"])
    acme.dev.rerequest_suite(acme.shop, suite["id"])
    acme.dev.press(acme.shop, made["id"], "recheck")
    app("POST", f"/check-runs/{made['id']}/rerequest")
    app("POST", f"/check-suites/{suite['id']}/rerequest")
    assert [d.action for d in acme.github.deliveries] == [
        "rerequested", "rerequested", "requested_action", "rerequested", "rerequested",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"output": {"title": "t", "summary": "x" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "x" * 65_536}},
        {"status": "completed"},
        {"output": {"summary": "s"}},
        {"actions": [{"label": "x" * 21, "description": "d", "identifier": "i"}]},
        {"actions": [{"label": "l", "description": "d", "identifier": "i"}] * 4},
        {"head_sha": "0" * 40},
    ],
)
def test_what_github_refuses_in_a_check_run(acme: Acme, app: Any, body: dict[str, Any]) -> None:
    said = {"name": "hotfix", "head_sha": acme.shop.sha("main"), **body}
    with pytest.raises(Refused) as refused:
        app("POST", "/check-runs", said)
    assert refused.value.status == 422
    acme.github.ignore_violations()


def test_a_check_run_is_its_apps_own(acme: Acme, app: Any) -> None:
    theirs = acme.shop.set_check("main", "ci/test", "failure")
    with pytest.raises(Refused, match="Invalid app_id"):
        app("PATCH", f"/check-runs/{theirs}", {"conclusion": "success"})
    assert acme.dev.rest("POST", f"{acme.shop.path}/check-runs", {"name": "x", "head_sha": "y"}).status == 403


def test_statuses_are_combined(acme: Acme, app: Any) -> None:
    sha = acme.shop.sha("main")
    acme.shop.set_status("main", "lint", "pending")
    acme.shop.set_status("main", "lint", "success")
    acme.shop.set_status("main", "build", "failure")
    shown = app("GET", f"/commits/{sha}/status")
    assert (shown["state"], shown["total_count"]) == ("failure", 2)
    assert len(acme.shop.statuses("main")) == 3


def test_deploying_a_branch_behind_main_merges_main(acme: Acme, app: Any) -> None:
    """It doesn't if `auto_merge` is false."""
    pull = acme.hotfix()
    acme.shop.set_check(pull.head_sha, "ci", "failure")
    with pytest.raises(Refused, match="status checks failed"):
        app("POST", "/deployments", {"ref": "hotfix/cart", "auto_merge": False})
    before = pull.head_sha
    merged = app("POST", "/deployments", {"ref": "hotfix/cart", "required_contexts": []})
    assert merged["message"].startswith("Auto-merged main into hotfix/cart")
    assert pull.head_sha != before
    made = app("POST", "/deployments", {"ref": before, "auto_merge": False, "required_contexts": []})
    assert made["sha"] == before


def test_only_earlier_deployments_outside_production_are_retired(acme: Acme, app: Any) -> None:
    def deploy(environment: str) -> int:
        said = {"ref": "main", "environment": environment, "auto_merge": False, "required_contexts": []}
        made = app("POST", "/deployments", said)
        status = {"state": "success", "environment_url": "https://shop.example", "log_url": "https://ci.example/1"}
        app("POST", f"/deployments/{made['id']}/statuses", status)
        return int(made["id"])

    deploy("staging")
    second = deploy("staging")
    deploy("production")
    states = {d["id"]: d["statuses"][0]["state"] for d in acme.shop.deployments("staging")}
    assert sorted(states.values()) == ["inactive", "success"]
    assert states[second] == "success"
    assert [d["statuses"][0]["state"] for d in acme.shop.deployments("production")] == ["success", "success"]
    shown = app("GET", f"/deployments/{second}")
    assert shown["performed_via_github_app"]["slug"] == "hotfix"
    one = app("GET", f"/deployments/{second}/statuses")[0]
    assert app("GET", f"/deployments/{second}/statuses/{one['id']}")["log_url"] == "https://ci.example/1"
    assert {e["name"] for e in acme.shop.environments()} == {"production", "staging"}
    acme.shop.environment("production", protected=True, reviewers=[acme.lead])
    rules = app("GET", "/environments/production")["protection_rules"]
    assert rules[0]["type"] == "required_reviewers"
    made = app("POST", "/deployments", {"ref": "main", "auto_merge": False, "required_contexts": []})
    app("DELETE", f"/deployments/{made['id']}")


def test_releases_have_a_latest(acme: Acme, app: Any) -> None:
    made = acme.shop.release("v1.2.3", "One")
    acme.shop.release("v2.0.0-rc.1", prerelease=True)
    assert app("GET", "/releases/latest")["tag_name"] == "v1.2.3"
    assert app("GET", "/releases/tags/v2.0.0-rc.1")["prerelease"] is True
    assert app("GET", f"/releases/{made['id']}")["name"] == "One"
    assert len(app("GET", "/releases")) == 2
    assert "v2.0.0-rc.1" in acme.shop.tags()


def test_teams_members_and_permissions_are_shown(acme: Acme, app: Any) -> None:
    token = acme.installation.token()
    must = acme.github.wire.must
    members = must("GET", "/orgs/acme/teams/tech-leads/members", token)
    assert [m["login"] for m in members] == ["lead", "lead2"]
    assert must("GET", "/orgs/acme/teams/tech-leads", token)["members_count"] == 2
    assert len(must("GET", "/orgs/acme/teams", token)) == 3
    assert must("GET", "/orgs/acme/teams/tech-leads/memberships/lead", token)["state"] == "active"
    assert must("GET", "/orgs/acme/teams/tech-leads/repos", token)[0]["name"] == "shop"
    assert "dev" in [m["login"] for m in must("GET", "/orgs/acme/members", token)]
    assert must("GET", "/orgs/acme", token)["login"] == "acme"
    assert must("GET", "/users/dev", token)["email"] == "dev@example.com"
    assert acme.dev.must("GET", "/user")["login"] == "dev"
    assert {c["login"] for c in app("GET", "/collaborators?permission=maintain")} == {"lead", "lead2", "admin"}
    assert app("GET", "/collaborators/lead/permission")["role_name"] == "maintain"
    assert app("GET", "/collaborators/dev/permission")["permission"] == "write"
    assert acme.github.rest("GET", "/repos/acme/shop/collaborators/dev", token).status == 204
    assert acme.github.rest("GET", "/orgs/acme/members/dev", token).status == 204
    assert [t["slug"] for t in app("GET", "/teams")] == ["tech-leads", "security", "incident-commanders"]
    without = acme.installation.token({"metadata": "read"})
    assert acme.github.rest("GET", "/orgs/acme/teams/tech-leads/members", without).status == 403
    assert acme.github.rest("GET", "/meta").ok


def test_a_workflow_does_not_start_by_its_own_token(acme: Acme, app: Any) -> None:
    """A push or a dispatch by any other actor starts it."""
    acme.shop.commit("main", {".github/workflows/deploy.yml": WORKFLOW}, author=acme.dev)
    assert [run["event"] for run in acme.shop.runs()] == ["push"]
    path = "/actions/workflows/deploy.yml/dispatches"
    app("POST", path, {"ref": "main", "inputs": {"tag": "v1.2.4"}})
    assert acme.shop.runs()[-1]["inputs"] == {"tag": "v1.2.4"}
    for wrong in ({"ref": "main"}, {"ref": "main", "inputs": {"tag": "x", "other": "y"}}, {"ref": "nowhere"}):
        with pytest.raises(Refused) as refused:
            app("POST", path, wrong)
        assert refused.value.status == 422
    run = acme.shop.runs()[-1]
    assert app("GET", f"/actions/runs/{run['id']}")["event"] == "workflow_dispatch"
    assert app("GET", "/actions/runs?event=push")["total_count"] == 1
    job = acme.github.workflow_token(acme.shop, {"contents": "write", "pull_requests": "write"})
    before = len(acme.shop.runs())
    must = acme.github.wire.must
    must("POST", f"{acme.shop.path}/git/refs", job, {"ref": "refs/heads/back", "sha": acme.shop.sha("main")})
    acme.shop.commit("back", {"x": "1"}, push=False)
    body = {"title": "Back", "head": "back", "base": "main"}
    made = must("POST", f"{acme.shop.path}/pulls", job, body)
    assert made["user"]["login"] == "github-actions[bot]"
    assert len(acme.shop.runs()) == before
    must("PATCH", f"{acme.shop.path}/pulls/{made['number']}", job, {"state": "closed"})
    acme.dev.open_pull(acme.shop, "back")
    assert len(acme.shop.runs()) == before + 1


def test_a_protection_rule_is_asked_and_answered(acme: Acme, app: Any) -> None:
    run = acme.shop.request_protection("production", "main", acme.app, acme.dev)
    asked = acme.github.deliveries[-1]
    assert (asked.event, asked.action) == ("deployment_protection_rule", "requested")
    assert asked.payload["deployment_callback_url"].endswith(f"/actions/runs/{run}/deployment_protection_rule")
    body = {"environment_name": "production", "state": "rejected", "comment": "No verdict"}
    app("POST", f"/actions/runs/{run}/deployment_protection_rule", body)
    assert acme.shop.protection_answers(run) == [body]


def test_dependency_review_is_there_only_where_it_is_on(acme: Acme, app: Any) -> None:
    acme.hotfix()
    with pytest.raises(Refused) as refused:
        app("GET", "/dependency-graph/compare/v1.2.3...hotfix/cart")
    assert refused.value.status == 403
    change = {
        "change_type": "added", "manifest": "requirements.txt", "ecosystem": "pip", "name": "x", "version": "1",
        "package_url": "pkg:pypi/x@1", "license": "MIT", "source_repository_url": "https://example.com/x",
        "vulnerabilities": [], "scope": "runtime",
    }  # fmt: skip
    acme.shop.set_dependency_review("v1.2.3", "hotfix/cart", [change])
    assert app("GET", "/dependency-graph/compare/v1.2.3...hotfix/cart") == [change]


def test_a_repository_changes_its_settings_and_name(acme: Acme) -> None:
    acme.shop.branch("trunk", at="main")
    acme.admin.must("PATCH", acme.shop.path, {"default_branch": "trunk"})
    assert acme.shop.default_branch == "trunk"
    assert acme.dev.rest("PATCH", acme.shop.path, {"default_branch": "main"}).status == 403
    acme.shop.rename("store")
    assert acme.shop.data["full_name"] == "acme/store"
    assert acme.github.deliveries[-1].action == "renamed"
    assert acme.dev.rest("GET", "/repos/acme/shop").status == 404
    acme.shop.delete()
    assert acme.dev.rest("GET", "/repos/acme/store").status == 404
