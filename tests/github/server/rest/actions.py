"""Workflow routes: dispatch, runs, and the review of a custom deployment protection rule."""

from __future__ import annotations

from typing import Any

from tests.github.server import workflows
from tests.github.server.clock import iso
from tests.github.server.routing import Answer, Problem, Request, route
from tests.github.server.run_state import WorkflowRun
from tests.github.server.show.deployments import workflow_run
from tests.github.server.state import JSON

READ = ("actions", "read")
WRITE = ("actions", "write")
FOLDER = ".github/workflows/"


@route("POST", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", WRITE, status=204)
def dispatch(call: Request) -> None:
    repo, body = call.repo, call.body
    name = call.params["workflow_id"]
    path = name if name.startswith(FOLDER) else FOLDER + name
    sha = repo.git.resolve(str(body.get("ref")))
    if sha is None:
        raise Problem(422, f"No ref found for: {body.get('ref')}")
    text = workflows.text_at(repo, sha, path)
    if text is None:
        raise Problem(404, "Not Found")
    on = workflows.triggers(text)
    if "workflow_dispatch" not in on:
        raise Problem(422, "Workflow does not have 'workflow_dispatch' trigger")
    known: Any = (on["workflow_dispatch"] or {}).get("inputs") or {}
    inputs = body.get("inputs") or {}
    unexpected = [key for key in inputs if key not in known]
    if unexpected:
        raise Problem(422, f"Unexpected inputs provided: {unexpected}")
    missing = [k for k, v in known.items() if (v or {}).get("required") and "default" not in v and k not in inputs]
    if missing:
        raise Problem(422, f"Required input '{missing[0]}' not provided")
    workflows.start(call.world, repo, path, "workflow_dispatch", str(body["ref"]), sha, call.me, inputs)


@route("GET", "/repos/{owner}/{repo}/actions/runs", READ)
def list_runs(call: Request) -> Answer:
    found = call.repo.runs[::-1]
    if "event" in call.query:
        found = [r for r in found if r.event == call.query["event"]]
    if "head_sha" in call.query:
        found = [r for r in found if r.sha == call.query["head_sha"]]
    if call.query.get("created", "").startswith(">="):
        found = [r for r in found if iso(r.created_at) >= call.query["created"][2:]]
    if "branch" in call.query:
        found = [r for r in found if r.ref == call.query["branch"]]
    return call.listed(found, lambda r: workflow_run(call.world, r), "workflow_runs")


def _run(call: Request) -> WorkflowRun:
    wanted = call.number("run_id")
    for run in call.repo.runs:
        if run.id == wanted:
            return run
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", READ)
def get_run(call: Request) -> JSON:
    return workflow_run(call.world, _run(call))


@route(
    "POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule", ("deployments", "write"),
    who=("installation",), status=204,
)  # fmt: skip
def answer_rule(call: Request) -> None:
    run, body = _run(call), call.body
    if run.environment != body["environment_name"] or run.status != "waiting":
        raise Problem(422, f"Environment {body['environment_name']} is not waiting")
    if len(body.get("comment") or "") > 1024:
        raise Problem(422, "Comment is too long (maximum is 1024 characters)")
    if len(run.answers) >= 10:
        raise Problem(422, "Too many reports")
    run.answers.append({k: body.get(k) for k in ("environment_name", "state", "comment")})
    if body.get("state") == "approved":
        run.status = "in_progress"
    elif body.get("state") == "rejected":
        run.status, run.conclusion = "completed", "failure"
