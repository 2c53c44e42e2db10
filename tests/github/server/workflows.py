"""The workflow runs that GitHub would start; nothing is executed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import yaml

from tests.github.server.run_state import WorkflowRun
from tests.github.server.state import JSON, Account, Repo
from tests.github.server.world import World

FOLDER = ".github/workflows"
STARTS = ("push", "pull_request", "deployment", "deployment_status", "release", "create", "delete", "merge_group")
PULL_TYPES = ("opened", "synchronize", "reopened")


def text_at(repo: Repo, sha: str, path: str) -> str | None:
    objects = repo.git.objects
    entry = objects.entry_at(objects.commit(sha).tree, path)
    return None if entry is None or entry.is_tree else objects.blob(entry.sha).decode(errors="replace")


def triggers(text: str) -> dict[str, Any]:
    """Return a workflow's `on` as a mapping; empty if the text is not a workflow."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    on = said.get("on", said.get(True)) if isinstance(said, dict) else None
    if isinstance(on, str):
        return {on: None}
    if isinstance(on, list):
        return dict.fromkeys(on)
    return on if isinstance(on, dict) else {}


def start(
    world: World, repo: Repo, path: str, event: str, ref: str, sha: str, actor: Account, inputs: JSON | None = None
) -> WorkflowRun:
    run = WorkflowRun(world.new_id(), repo, path, event, ref, sha, actor, world.clock.now(), inputs or {})
    repo.runs.append(run)
    if not all(_admitted(repo, name, ref) for name in _environments(text_at(repo, sha, path) or "")):
        run.status, run.conclusion = "completed", "failure"
    return run


def _environments(text: str) -> list[str]:
    """Return the environments that a workflow's jobs name literally."""
    try:
        jobs = (yaml.safe_load(text) or {}).get("jobs") or {}
    except (yaml.YAMLError, AttributeError):
        return []
    named = [job.get("environment") for job in jobs.values() if isinstance(job, dict)]
    names = [each.get("name") if isinstance(each, dict) else each for each in named]
    return [name for name in names if isinstance(name, str)]


def _admitted(repo: Repo, environment: str, ref: str) -> bool:
    """Return whether an environment's branch policy admits a run of this ref; otherwise GitHub fails the job."""
    found = repo.environments.get(environment)
    if found is None or found.branches is None:
        return True
    if not found.branches:
        return ref in repo.protections
    return any(_same(ref.split("/"), glob.split("/")) for glob in found.branches)


def _same(names: list[str], globs: list[str]) -> bool:
    return len(names) == len(globs) and all(map(fnmatchcase, names, globs))


def on_event(world: World, repo: Repo, event: str, payload: JSON, sender: Account) -> None:
    """Start the runs that an event triggers, unless a job's own token caused the event."""
    if event not in STARTS or sender is world.builtin_app().bot or world.pusher_is_actions:
        return
    where = _where(repo, event, payload)
    if where is None:
        return
    ref, sha = where
    objects = repo.git.objects
    folder = objects.entry_at(objects.commit(sha).tree, FOLDER)
    if folder is None or not folder.is_tree:
        return
    for entry in objects.tree(folder.sha):
        path = f"{FOLDER}/{entry.name}"
        on = triggers(text_at(repo, sha, path) or "")
        if event in on and _suits(event, payload, on[event] or {}):
            start(world, repo, path, event, ref, sha, sender)


def _where(repo: Repo, event: str, payload: JSON) -> tuple[str, str] | None:
    if event == "push":
        sha = repo.git.resolve(payload["after"]) if not payload["deleted"] else None
        return (payload["ref"].split("/", 2)[2], sha) if sha else None
    if event == "pull_request":
        return payload["pull_request"]["head"]["ref"], payload["pull_request"]["head"]["sha"]
    if event == "merge_group":
        return payload["merge_group"]["head_ref"], payload["merge_group"]["head_sha"]
    if event in ("deployment", "deployment_status"):
        return payload["deployment"]["ref"], payload["deployment"]["sha"]
    tip = repo.git.branch(repo.default_branch)
    return (repo.default_branch, tip) if tip else None


def _suits(event: str, payload: JSON, said: Any) -> bool:
    if event == "pull_request":
        types = said.get("types", PULL_TYPES) if isinstance(said, dict) else PULL_TYPES
        return payload["action"] in types
    if event == "push" and isinstance(said, dict):
        is_tag = payload["ref"].startswith("refs/tags/")
        if is_tag:
            return "tags" in said or "branches" not in said
        return "branches" in said or "tags" not in said
    return True
