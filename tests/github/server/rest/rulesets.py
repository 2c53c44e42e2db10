"""Routes of branch rulesets: required checks, pinned to an App."""

from __future__ import annotations

from tests.github.server.routing import Answer, Request, invalid, route
from tests.github.server.show.repos import url
from tests.github.server.state import JSON, Protection

WRITE = ("administration", "write")


def _shown(call: Request, ruleset: JSON) -> JSON:
    return {
        "id": ruleset["id"],
        "name": ruleset["name"],
        "target": ruleset.get("target", "branch"),
        "source_type": "Repository",
        "source": call.repo.full_name,
        "enforcement": ruleset["enforcement"],
        "_links": {"self": {"href": f"{url(call.world, call.repo)}/rulesets/{ruleset['id']}"}},
    }


@route("GET", "/repos/{owner}/{repo}/rulesets", ("metadata", "read"))
def list_rulesets(call: Request) -> Answer:
    return call.listed(call.repo.rulesets, lambda one: _shown(call, one))


@route("POST", "/repos/{owner}/{repo}/rulesets", WRITE, role="admin", status=201)
def create_ruleset(call: Request) -> JSON:
    """Create a ruleset that protects each branch named in full."""
    body = call.body
    call.need("name", "enforcement", resource="Ruleset")
    if any(one["name"] == body["name"] for one in call.repo.rulesets):
        raise invalid("Ruleset", "name", "already_exists")
    ruleset = {**body, "id": call.world.new_id()}
    call.repo.rulesets.append(ruleset)
    checks = [
        check["context"]
        for rule in body.get("rules", ())
        if rule["type"] == "required_status_checks"
        for check in rule["parameters"]["required_status_checks"]
    ]
    for name in body.get("conditions", {}).get("ref_name", {}).get("include", ()):
        call.repo.protections[name.removeprefix("refs/heads/")] = Protection(tuple(checks), ruleset=True)
    return {
        **_shown(call, ruleset),
        "conditions": body.get("conditions"),
        "rules": body.get("rules", []),
        "bypass_actors": [],
    }
