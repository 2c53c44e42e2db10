"""Routes of deployments, deployment statuses, environments and releases."""

from __future__ import annotations

from tests.github.server import acts, events
from tests.github.server.graphql.deployments import latest_release
from tests.github.server.merging import GOOD
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.run_state import Deployment, DeploymentStatus, Environment, Release
from tests.github.server.show import deployments as show
from tests.github.server.show.checks import newest, newest_statuses
from tests.github.server.state import JSON

READ = ("deployments", "read")
WRITE = ("deployments", "write")
CONTENTS = ("contents", "read")
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
MAX_DESCRIPTION = 140


@route("GET", "/repos/{owner}/{repo}/deployments", READ)
def list_deployments(call: Request) -> Answer:
    found = call.repo.deployments[::-1]
    for key in ("sha", "ref", "task", "environment"):
        wanted = call.query.get(key, "none")
        if wanted != "none":
            found = [d for d in found if getattr(d, key) == wanted]
    return call.listed(found, lambda d: show.deployment(call.world, d))


@route("POST", "/repos/{owner}/{repo}/deployments", WRITE)
def create_deployment(call: Request) -> Answer:
    repo, body, world = call.repo, call.body, call.world
    call.need("ref", resource="Deployment")
    sha = repo.git.resolve(body["ref"])
    if sha is None:
        raise Problem(422, f"No ref found for: {body['ref']}")
    if body.get("auto_merge", True):
        merged = _auto_merge(call, body["ref"], sha)
        if merged is not None:
            return merged
    _contexts(call, sha)
    if len(body.get("description") or "") > MAX_DESCRIPTION:
        raise invalid("Deployment", "description", "custom", "description is too long (maximum is 140 characters)")
    name = body.get("environment") or "production"
    now = world.clock.now()
    one = Deployment(
        world.new_id(), repo, sha, body["ref"], body.get("task") or "deploy", name, body.get("payload", {}),
        body.get("description"), call.me, now, now, bool(body.get("transient_environment")),
        bool(body.get("production_environment", name == "production")), call.actor.via_app,
    )  # fmt: skip
    repo.deployments.append(one)
    repo.environments.setdefault(name, Environment(world.new_id(), name, now))
    events.deployment(world, one, call.me)
    return Answer(201, show.deployment(world, one))


def _auto_merge(call: Request, ref: str, sha: str) -> Answer | None:
    """Merge the default branch into a branch that is behind it, as GitHub does by default."""
    repo = call.repo
    base = repo.git.refs[f"refs/heads/{repo.default_branch}"]
    if repo.git.branch(ref) is None or repo.git.history.is_ancestor(base, sha):
        return None
    tree = repo.git.merge_trees(sha, base)
    if tree is None:
        raise Problem(409, f"Conflict merging {repo.default_branch} into {ref}.")
    me = acts.who(call.world, call.me)
    merge = repo.git.objects.write_commit(tree, [sha, base], me, me, f"Merge {repo.default_branch} into {ref}")
    acts.update_ref(call.world, repo, f"refs/heads/{ref}", merge, call.me, call.actor.kind == "actions")
    return Answer(202, {"message": f"Auto-merged {repo.default_branch} into {ref} on deployment."})


def _contexts(call: Request, sha: str) -> None:
    """Raise an error if a required context has not succeeded; by default all contexts are required."""
    wanted = call.body.get("required_contexts")
    states = {s.context: s.state == "success" for s in newest_statuses(call.repo, sha)}
    states |= {r.name: r.conclusion in GOOD for r in newest(acts.checks_on(call.repo, sha))}
    failing = [name for name in (states if wanted is None else wanted) if not states.get(name)]
    if failing:
        message = f"Conflict: Commit status checks failed for {call.body['ref']}."
        raise Problem(409, message, [{"contexts": failing, "resource": "Deployment", "field": "required_contexts"}])


def _deployment(call: Request) -> Deployment:
    wanted = call.number("deployment_id")
    for one in call.repo.deployments:
        if one.id == wanted:
            return one
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/deployments/{deployment_id}", READ)
def get_deployment(call: Request) -> JSON:
    return show.deployment(call.world, _deployment(call))


@route("DELETE", "/repos/{owner}/{repo}/deployments/{deployment_id}", WRITE, status=204)
def delete_deployment(call: Request) -> None:
    one = _deployment(call)
    if len(call.repo.deployments) > 1 and one.statuses and one.statuses[-1].state == "success":
        raise Problem(
            422, "We cannot delete an active deployment unless it is the only deployment in a given environment."
        )
    call.repo.deployments.remove(one)


@route("GET", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", READ)
def list_statuses(call: Request) -> Answer:
    one = _deployment(call)
    return call.listed(one.statuses[::-1], lambda s: show.status(call.world, one, s))


@route("POST", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses", WRITE, status=201)
def create_status(call: Request) -> JSON:
    one, body, world = _deployment(call), call.body, call.world
    if body.get("state") not in STATES:
        raise invalid("DeploymentStatus", "state", "custom", "State is not included in the list")
    if len(body.get("description") or "") > MAX_DESCRIPTION:
        raise invalid(
            "DeploymentStatus", "description", "custom", "description is too long (maximum is 140 characters)"
        )
    status = DeploymentStatus(
        world.new_id(), body["state"], call.me, world.clock.now(), body.get("description") or "",
        body.get("environment") or one.environment, body.get("environment_url") or "",
        body.get("log_url") or body.get("target_url") or "", call.actor.via_app,
    )  # fmt: skip
    one.statuses.append(status)
    one.updated_at = world.clock.now()
    one.environment = status.environment
    events.deployment_status(world, one, status, call.me)
    if body["state"] == "success" and body.get("auto_inactive", True):
        _retire_others(call, one)
    return show.status(world, one, status)


def _retire_others(call: Request, one: Deployment) -> None:
    """Mark earlier non-transient, non-production deployments to the same environment as inactive."""
    for other in call.repo.deployments:
        same = other.environment == one.environment and other is not one
        active = bool(other.statuses) and other.statuses[-1].state == "success"
        if same and active and not other.transient and not other.production:
            status = DeploymentStatus(
                call.world.new_id(), "inactive", call.me, call.world.clock.now(), "", other.environment
            )
            other.statuses.append(status)
            events.deployment_status(call.world, other, status, call.me)


@route("GET", "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses/{status_id}", READ)
def get_status(call: Request) -> JSON:
    one = _deployment(call)
    for status in one.statuses:
        if status.id == call.number("status_id"):
            return show.status(call.world, one, status)
    raise Problem(404, "Not Found")


# --- environments ---


@route("GET", "/repos/{owner}/{repo}/environments", ("actions", "read"))
def list_environments(call: Request) -> Answer:
    found = list(call.repo.environments.values())
    return call.listed(found, lambda e: show.environment(call.world, call.repo, e), "environments")


@route("GET", "/repos/{owner}/{repo}/environments/{environment_name}", ("actions", "read"))
def get_environment(call: Request) -> JSON:
    found = call.repo.environments.get(call.params["environment_name"])
    if found is None:
        raise Problem(404, "Not Found")
    return show.environment(call.world, call.repo, found)


@route("GET", "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies", ("actions", "read"))
def list_branch_policies(call: Request) -> Answer:
    found = call.repo.environments.get(call.params["environment_name"])
    if found is None:
        raise Problem(404, "Not Found")
    return call.listed(show.branch_policies(found), lambda policy: policy, "branch_policies")


# --- releases ---


@route("GET", "/repos/{owner}/{repo}/releases", CONTENTS)
def list_releases(call: Request) -> Answer:
    found = [r for r in call.repo.releases[::-1] if not r.draft or call.actor.account is not None]
    return call.listed(found, lambda r: show.release(call.world, call.repo, r))


@route("POST", "/repos/{owner}/{repo}/releases", ("contents", "write"), status=201)
def create_release(call: Request) -> JSON:
    repo, body, world = call.repo, call.body, call.world
    call.need("tag_name", resource="Release")
    draft = bool(body.get("draft"))
    if any(r.tag == body["tag_name"] for r in repo.releases):
        raise invalid("Release", "tag_name", "already_exists")
    target = body.get("target_commitish") or repo.default_branch
    ref = f"refs/tags/{body['tag_name']}"
    if not draft and ref not in repo.git.refs:
        sha = repo.git.resolve(target)
        if sha is None:
            raise invalid("Release", "target_commitish")
        acts.update_ref(world, repo, ref, sha, call.me, call.actor.kind == "actions")
    now = world.clock.now()
    one = Release(
        world.new_id(), body["tag_name"], target, body.get("name"), body.get("body"), draft,
        bool(body.get("prerelease")), call.me, now, None if draft else now,
    )  # fmt: skip
    repo.releases.append(one)
    if not draft:
        for action in ("created", "published", "prereleased" if one.prerelease else "released"):
            events.release(world, repo, one, action, call.me)
    return show.release(world, repo, one)


@route("GET", "/repos/{owner}/{repo}/releases/latest", CONTENTS)
def get_latest(call: Request) -> JSON:
    found = latest_release(call.repo)
    if found is None:
        raise Problem(404, "Not Found")
    return show.release(call.world, call.repo, found)


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag}", CONTENTS)
def release_by_tag(call: Request) -> JSON:
    for one in call.repo.releases:
        if one.tag == call.params["tag"] and not one.draft:
            return show.release(call.world, call.repo, one)
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/releases/{release_id}", CONTENTS)
def get_release(call: Request) -> JSON:
    for one in call.repo.releases:
        if one.id == call.number("release_id"):
            return show.release(call.world, call.repo, one)
    raise Problem(404, "Not Found")
