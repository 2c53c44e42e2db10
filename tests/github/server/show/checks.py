"""JSON of check runs, check suites and commit statuses."""

from __future__ import annotations

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.run_state import CheckRun, CheckSuite, Status
from tests.github.server.show import people
from tests.github.server.show.git import simple_commit
from tests.github.server.show.repos import minimal, page, url
from tests.github.server.state import JSON, Pull, Repo
from tests.github.server.world import World

BAD_FIRST = ("failure", "timed_out", "cancelled", "action_required", "success", "neutral", "skipped", "stale")


def pull_minimal(world: World, one: Pull) -> JSON:
    head = one.head_repo or one.repo
    return {
        "url": f"{url(world, one.repo)}/pulls/{one.number}",
        "id": one.id,
        "number": one.number,
        "head": {"ref": one.head_ref, "sha": one.head_sha, "repo": _repo(world, head)},
        "base": {"ref": one.base_ref, "sha": one.base_sha, "repo": _repo(world, one.repo)},
    }


def _repo(world: World, one: Repo) -> JSON:
    return {"id": one.id, "url": url(world, one), "name": one.name}


def pulls_of(repo: Repo, sha: str) -> list[Pull]:
    """Return open pull requests in the same repository with that head; forks are excluded, as on GitHub."""
    return [p for p in repo.pulls if p.head_sha == sha and p.issue.state == "open" and p.head_repo is repo]


def run(world: World, one: CheckRun, hook: bool = False) -> JSON:
    repo = one.suite.repo
    where = f"{url(world, repo)}/check-runs/{one.id}"
    pulls = [pull_minimal(world, p) for p in pulls_of(repo, one.head_sha)]
    shown = {
        "id": one.id,
        "name": one.name,
        "node_id": f"CR_{one.id}",
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": where,
        "html_url": f"{page(world, repo)}/runs/{one.id}",
        "details_url": one.details_url or f"{page(world, repo)}/runs/{one.id}",
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": iso(one.started_at),
        "completed_at": iso_or_none(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{where}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": people.app(world, one.suite.app),
        "pull_requests": pulls,
    }
    if hook:
        shown["check_suite"] = {
            "id": one.suite.id,
            "node_id": f"CS_{one.suite.id}",
            "head_branch": one.suite.head_branch,
            "head_sha": one.head_sha,
            "status": suite_status(one.suite),
            "conclusion": suite_conclusion(one.suite),
            "url": f"{url(world, repo)}/check-suites/{one.suite.id}",
            "before": one.suite.before,
            "after": one.head_sha,
            "pull_requests": pulls,
            "app": people.app(world, one.suite.app),
            "created_at": iso(one.suite.created_at),
            "updated_at": iso(one.suite.updated_at),
        }
    return shown


def newest(runs: list[CheckRun]) -> list[CheckRun]:
    """Return the latest run for each name."""
    last = {one.name: one for one in sorted(runs, key=lambda r: r.id)}
    return sorted(last.values(), key=lambda r: -r.id)


def suite_status(one: CheckSuite) -> str:
    states = [r.status for r in newest(one.runs)]
    if not states:
        return "queued"
    return next((s for s in ("in_progress", "queued") if s in states), "completed")


def suite_conclusion(one: CheckSuite) -> str | None:
    if suite_status(one) != "completed":
        return None
    found = [r.conclusion for r in newest(one.runs)]
    return next((c for c in BAD_FIRST if c in found), None)


def suite(world: World, one: CheckSuite, hook: bool = False) -> JSON:
    repo = one.repo
    where = f"{url(world, repo)}/check-suites/{one.id}"
    shown = {
        "id": one.id,
        "node_id": f"CS_{one.id}",
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": suite_status(one),
        "conclusion": suite_conclusion(one),
        "url": where,
        "before": one.before,
        "after": one.head_sha,
        "pull_requests": [pull_minimal(world, p) for p in pulls_of(repo, one.head_sha)],
        "app": people.app(world, one.app),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": len(newest(one.runs)),
        "check_runs_url": f"{where}/check-runs",
        "head_commit": simple_commit(repo, one.head_sha),
    }
    return shown if hook else {**shown, "repository": minimal(world, repo)}


def status(world: World, repo: Repo, one: Status) -> JSON:
    return {
        "url": f"{url(world, repo)}/statuses/{one.sha}",
        "avatar_url": f"{world.url}/avatars/u/{one.creator.id}",
        "id": one.id,
        "node_id": f"SC_{one.id}",
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "creator": people.user(world, one.creator),
    }


def newest_statuses(repo: Repo, sha: str) -> list[Status]:
    last: dict[str, Status] = {one.context: one for one in repo.statuses if one.sha == sha}
    return list(last.values())


def combined(states: list[str]) -> str:
    if not states or "pending" in states:
        return "failure" if {"failure", "error"} & set(states) else "pending"
    return "failure" if {"failure", "error"} & set(states) else "success"
