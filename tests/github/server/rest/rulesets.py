"""Routes of branch rulesets: required checks pinned to an App, and the rules that apply to a branch."""

from __future__ import annotations

from dataclasses import replace

from tests.github.server.clock import iso
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.show.repos import page, url
from tests.github.server.state import JSON, Protection, Repo
from tests.github.server.world import World

METADATA, WRITE = ("metadata", "read"), ("administration", "write")


def add(world: World, repo: Repo, body: JSON) -> JSON:
    """Add a ruleset to a repository and return it."""
    now = iso(world.clock.now())
    ruleset = {**body, "id": world.new_id(), "created_at": now, "updated_at": now}
    repo.rulesets.append(ruleset)
    return ruleset


def from_protection(branch: str, protection: Protection) -> JSON:
    """Return the ruleset of one branch that contains these rules."""
    review = {
        "allowed_merge_methods": list(protection.merge_methods),
        "required_approving_review_count": protection.required_reviews,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    queue = {
        "merge_method": protection.merge_methods[0].upper(),
        "grouping_strategy": "ALLGREEN",
        "check_response_timeout_minutes": 60,
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    }
    checks = [
        {"context": name} if app is None else {"context": name, "integration_id": app}
        for name, app in protection.required_checks.items()
    ]
    rules: list[JSON] = [{"type": "pull_request", "parameters": review}]
    if checks:
        required = {"strict_required_status_checks_policy": False, "required_status_checks": checks}
        rules.append({"type": "required_status_checks", "parameters": required})
    if protection.linear_history:
        rules.append({"type": "required_linear_history"})
    if protection.signatures:
        rules.append({"type": "required_signatures"})
    if protection.merge_queue:
        rules.append({"type": "merge_queue", "parameters": queue})
    conditions = {"ref_name": {"include": [f"refs/heads/{branch}"], "exclude": []}}
    return {"name": branch, "target": "branch", "enforcement": "active", "conditions": conditions, "rules": rules}


def _branches(ruleset: JSON) -> list[str]:
    """Return the branches that a ruleset names in full."""
    included = ((ruleset.get("conditions") or {}).get("ref_name") or {}).get("include", ())
    return [name.removeprefix("refs/heads/") for name in included]


def _summary(call: Request, ruleset: JSON) -> JSON:
    return {
        "id": ruleset["id"],
        "node_id": f"RRS_{ruleset['id']}",
        "name": ruleset["name"],
        "target": ruleset.get("target", "branch"),
        "source_type": "Repository",
        "source": call.repo.full_name,
        "enforcement": ruleset["enforcement"],
        "created_at": ruleset["created_at"],
        "updated_at": ruleset["updated_at"],
        "_links": {
            "self": {"href": f"{url(call.world, call.repo)}/rulesets/{ruleset['id']}"},
            "html": {"href": f"{page(call.world, call.repo)}/rules/{ruleset['id']}"},
        },
    }


def _shown(call: Request, ruleset: JSON) -> JSON:
    return {
        **_summary(call, ruleset),
        "conditions": ruleset.get("conditions"),
        "rules": ruleset.get("rules", []),
        "bypass_actors": ruleset.get("bypass_actors", []),
    }


@route("GET", "/repos/{owner}/{repo}/rulesets", METADATA)
def list_rulesets(call: Request) -> Answer:
    return call.listed(call.repo.rulesets, lambda one: _summary(call, one))


@route("GET", "/repos/{owner}/{repo}/rulesets/{ruleset_id}", METADATA)
def get_ruleset(call: Request) -> JSON:
    found = next((one for one in call.repo.rulesets if one["id"] == call.number("ruleset_id")), None)
    if found is None:
        raise Problem(404, "Not Found")
    return _shown(call, found)


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", METADATA)
def rules_of_branch(call: Request) -> Answer:
    """Return the rules that apply to a branch, whether it exists or not."""
    rules = [
        {
            **rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": call.repo.full_name,
            "ruleset_id": ruleset["id"],
        }
        for ruleset in call.repo.rulesets
        if ruleset["enforcement"] == "active" and call.params["branch"] in _branches(ruleset)
        for rule in ruleset.get("rules", ())
    ]
    return call.listed(rules, lambda rule: rule)


@route("POST", "/repos/{owner}/{repo}/rulesets", WRITE, role="admin", status=201)
def create_ruleset(call: Request) -> JSON:
    """Create a ruleset that protects each branch named in full, in addition to its other protection."""
    body, repo = call.body, call.repo
    call.need("name", "enforcement", resource="Ruleset")
    if any(one["name"] == body["name"] for one in repo.rulesets):
        raise invalid("Ruleset", "name", "already_exists")
    ruleset = add(call.world, repo, body)
    checks = {
        check["context"]: check.get("integration_id")
        for rule in body.get("rules", ())
        if rule["type"] == "required_status_checks"
        for check in rule["parameters"]["required_status_checks"]
    }
    for name in _branches(ruleset) if body["enforcement"] == "active" else ():
        former = repo.protections.get(name, Protection())
        required = {**former.required_checks, **checks}
        repo.protections[name] = replace(former, required_checks=required, ruleset=True)
    return _shown(call, ruleset)
