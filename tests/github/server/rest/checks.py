"""Routes of check runs, check suites and commit statuses."""

from __future__ import annotations

from datetime import datetime

from tests.github.server import acts, events
from tests.github.server.merging import try_auto_merge
from tests.github.server.rest.repos import commit_of
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.run_state import CheckRun, CheckSuite, Status
from tests.github.server.show import checks as show
from tests.github.server.show.repos import minimal, url
from tests.github.server.state import JSON, App, Repo
from tests.github.server.world import World

READ = ("checks", "read")
WRITE = ("checks", "write")
BY_APPS = ("installation", "actions")
MAX_TEXT = 65_535
MAX_ANNOTATIONS = 50
CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale")


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _app(call: Request) -> App:
    app = call.actor.via_app
    assert app is not None
    return app


def write(world: World, run: CheckRun, body: JSON) -> None:
    """Apply a request body to a check run. Raises 422 if GitHub would reject it."""
    output = body.get("output") or {}
    for part in ("summary", "text"):
        if len(output.get(part) or "") > MAX_TEXT:
            raise invalid("CheckRun", part, "custom", f"Only {MAX_TEXT} characters are allowed; it is too long.")
    if output and not (output.get("title") or run.title):
        raise Problem(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    if len(output.get("annotations") or []) > MAX_ANNOTATIONS:
        raise Problem(422, f"Invalid request.\n\nNo more than {MAX_ANNOTATIONS} items are allowed.")
    actions = body.get("actions") or []
    if len(actions) > 3:
        raise Problem(422, "Invalid request.\n\nNo more than 3 items are allowed.")
    for action in actions:
        for name, most in (("label", 20), ("identifier", 20), ("description", 40)):
            if len(action.get(name) or "") > most:
                raise invalid("CheckRun", name, "custom", f"{name} is too long (maximum is {most} characters)")
    conclusion = body.get("conclusion")
    if conclusion is not None and conclusion not in CONCLUSIONS[:-1]:
        raise invalid("CheckRun", "conclusion")
    if body.get("status") == "completed" and conclusion is None and run.conclusion is None:
        raise Problem(422, 'Invalid request.\n\nMissing required key "conclusion" for a completed check run.')
    run.name = body.get("name") or run.name
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    run.started_at = _when(body.get("started_at")) or run.started_at
    if "status" in body and body["status"] != "completed" and conclusion is None:
        run.status, run.conclusion, run.completed_at = body["status"], None, None
    if conclusion is not None:
        run.status, run.conclusion = "completed", conclusion
        run.completed_at = _when(body.get("completed_at")) or world.clock.now()
    if output:
        run.title = output.get("title", run.title)
        run.summary = output.get("summary", run.summary)
        run.text = output.get("text", run.text)
        run.annotations += output.get("annotations") or []
    if "actions" in body:
        run.actions = actions
    run.suite.updated_at = world.clock.now()


def create(world: World, repo: Repo, app: App, body: JSON) -> CheckRun:
    sha = body["head_sha"]
    if not repo.git.objects.has(sha) or repo.git.objects.read(sha)[0] != "commit":
        raise Problem(422, f"No commit found for SHA: {sha}")
    suite = acts.suite_for(world, repo, app, sha)
    run = CheckRun(world.new_id(), suite, body["name"], "queued", world.clock.now())
    write(world, run, body)
    suite.runs.append(run)
    repo.check_runs[run.id] = run
    events.check_run(world, run, "created", app.bot)
    _completed(world, run)
    return run


def _completed(world: World, run: CheckRun) -> None:
    if run.status != "completed":
        return
    repo = run.suite.repo
    events.check_run(world, run, "completed", run.suite.app.bot)
    if show.suite_status(run.suite) == "completed":
        events.check_suite(world, run.suite, "completed", run.suite.app.bot)
    for pull in repo.pulls:
        if pull.head_sha == run.head_sha:
            try_auto_merge(world, pull)


@route("POST", "/repos/{owner}/{repo}/check-runs", WRITE, who=BY_APPS, status=201)
def create_run(call: Request) -> JSON:
    call.need("name", "head_sha", resource="CheckRun")
    return show.run(call.world, create(call.world, call.repo, _app(call), call.body))


def _run(call: Request) -> CheckRun:
    found = call.repo.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise Problem(404, "Not Found")
    return found


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", READ)
def get_run(call: Request) -> JSON:
    return show.run(call.world, _run(call))


@route("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", WRITE, who=BY_APPS)
def update_run(call: Request) -> JSON:
    run = _run(call)
    if run.suite.app is not _app(call):
        raise Problem(
            403, f"Invalid app_id `{_app(call).id}` - check run can only be modified by the GitHub App that created it."
        )
    write(call.world, run, call.body)
    _completed(call.world, run)
    return show.run(call.world, run)


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", READ)
def list_annotations(call: Request) -> Answer:
    run = _run(call)

    def one(said: JSON) -> JSON:
        blob = f"{url(call.world, call.repo)}/git/blobs/{run.head_sha}"
        empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
        return {**empty, **said, "blob_href": blob}

    return call.listed(run.annotations, one)


@route("POST", "/repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest", WRITE, status=201)
def rerequest_run(call: Request) -> JSON:
    run = _run(call)
    events.check_run(call.world, run, "rerequested", call.me, only=run.suite.app)
    return {}


def _wanted(call: Request, runs: list[CheckRun]) -> list[CheckRun]:
    query = call.query
    if query.get("filter", "latest") == "latest":
        by_app: dict[int, list[CheckRun]] = {}
        for run in runs:
            by_app.setdefault(run.suite.app.id, []).append(run)
        runs = [run for own in by_app.values() for run in show.newest(own)]
    if "check_name" in query:
        runs = [r for r in runs if r.name == query["check_name"]]
    if "status" in query:
        runs = [r for r in runs if r.status == query["status"]]
    if "app_id" in query:
        runs = [r for r in runs if str(r.suite.app.id) == query["app_id"]]
    return sorted(runs, key=lambda r: -r.id)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", READ)
def runs_for_ref(call: Request) -> Answer:
    runs = acts.checks_on(call.repo, commit_of(call.repo, call.params["ref"]))
    return call.listed(_wanted(call, runs), lambda r: show.run(call.world, r), "check_runs")


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites", READ)
def suites_for_ref(call: Request) -> Answer:
    found = call.repo.suites_by_sha.get(commit_of(call.repo, call.params["ref"]), [])
    if "app_id" in call.query:
        found = [s for s in found if str(s.app.id) == call.query["app_id"]]
    return call.listed(found, lambda s: show.suite(call.world, s), "check_suites")


def _suite(call: Request) -> CheckSuite:
    wanted = call.number("check_suite_id")
    for suite in call.repo.suites:
        if suite.id == wanted:
            return suite
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}", READ)
def get_suite(call: Request) -> JSON:
    return show.suite(call.world, _suite(call))


@route("GET", "/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", READ)
def runs_of_suite(call: Request) -> Answer:
    return call.listed(_wanted(call, _suite(call).runs), lambda r: show.run(call.world, r), "check_runs")


@route("POST", "/repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest", WRITE, status=201)
def rerequest_suite(call: Request) -> JSON:
    suite = _suite(call)
    events.check_suite(call.world, suite, "rerequested", call.me, only=suite.app)
    return {}


# --- commit statuses ---


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", ("statuses", "write"), status=201)
def create_status(call: Request) -> JSON:
    repo, sha = call.repo, call.params["sha"]
    if not repo.git.objects.has(sha):
        raise Problem(422, f"No commit found for SHA: {sha}")
    status = Status(
        call.world.new_id(), sha, call.body.get("context") or "default", call.body["state"], call.me,
        call.world.clock.now(), call.body.get("description"), call.body.get("target_url"),
    )  # fmt: skip
    repo.statuses.append(status)
    events.status(call.world, repo, status, call.me)
    return show.status(call.world, repo, status)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", ("statuses", "read"))
def list_statuses(call: Request) -> Answer:
    sha = commit_of(call.repo, call.params["ref"])
    found = [s for s in reversed(call.repo.statuses) if s.sha == sha]
    return call.listed(found, lambda s: show.status(call.world, call.repo, s))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status", ("statuses", "read"))
def combined_status(call: Request) -> JSON:
    repo, sha = call.repo, commit_of(call.repo, call.params["ref"])
    found = show.newest_statuses(repo, sha)
    shown = []
    for one in found:
        status = show.status(call.world, repo, one)
        status.pop("creator")
        shown.append(status)
    return {
        "state": show.combined([s.state for s in found]),
        "statuses": shown,
        "sha": sha,
        "total_count": len(found),
        "repository": minimal(call.world, repo),
        "commit_url": f"{url(call.world, repo)}/commits/{sha}",
        "url": f"{url(call.world, repo)}/commits/{sha}/status",
    }
