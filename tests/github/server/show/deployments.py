"""JSON of deployments, deployment statuses, environments, releases and workflow runs."""

from __future__ import annotations

import zlib
from urllib.parse import quote

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.run_state import Deployment, DeploymentStatus, Environment, Release, WorkflowRun
from tests.github.server.show import people
from tests.github.server.show.git import simple_commit
from tests.github.server.show.repos import minimal, page, url
from tests.github.server.state import JSON, Repo
from tests.github.server.world import World


def deployment(world: World, one: Deployment) -> JSON:
    where = f"{url(world, one.repo)}/deployments/{one.id}"
    return {
        "url": where,
        "id": one.id,
        "node_id": f"DE_{one.id}",
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "payload": one.payload,
        "original_environment": one.environment,
        "environment": one.environment,
        "description": one.description,
        "creator": people.user(world, one.creator),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "statuses_url": f"{where}/statuses",
        "repository_url": url(world, one.repo),
        "transient_environment": one.transient,
        "production_environment": one.production,
        "performed_via_github_app": people.app_or_none(world, one.app),
    }


def status(world: World, on: Deployment, one: DeploymentStatus) -> JSON:
    where = f"{url(world, on.repo)}/deployments/{on.id}"
    return {
        "url": f"{where}/statuses/{one.id}",
        "id": one.id,
        "node_id": f"DES_{one.id}",
        "state": one.state,
        "creator": people.user(world, one.creator),
        "description": one.description,
        "environment": one.environment or on.environment,
        "target_url": one.log_url,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "deployment_url": where,
        "repository_url": url(world, on.repo),
        "environment_url": one.environment_url,
        "log_url": one.log_url,
        "performed_via_github_app": people.app_or_none(world, one.app),
    }


def environment(world: World, repo: Repo, one: Environment) -> JSON:
    rules: list[JSON] = []
    if one.protected:
        rules.append(
            {
                "id": one.id + 1,
                "node_id": f"GA_{one.id}",
                "type": "required_reviewers",
                "prevent_self_review": False,
                "reviewers": [{"type": "User", "reviewer": people.user(world, each)} for each in one.reviewers],
            }
        )
    if one.branches is not None:
        rules.append({"id": one.id + 2, "node_id": f"GA_{one.id + 1}", "type": "branch_policy"})
    return {
        "id": one.id,
        "node_id": f"EN_{one.id}",
        "name": one.name,
        "url": f"{url(world, repo)}/environments/{quote(one.name, safe='')}",
        "html_url": f"{page(world, repo)}/deployments/activity_log?environments_filter={quote(one.name)}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "protection_rules": rules,
        "deployment_branch_policy": None
        if one.branches is None
        else {"protected_branches": not one.branches, "custom_branch_policies": bool(one.branches)},
    }


def branch_policies(one: Environment) -> list[JSON]:
    return [
        {"id": one.id + at, "node_id": f"GB_{one.id + at}", "name": name, "type": "branch"}
        for at, name in enumerate(one.branches or (), start=3)
    ]


def release(world: World, repo: Repo, one: Release) -> JSON:
    where = f"{url(world, repo)}/releases/{one.id}"
    return {
        "url": where,
        "assets_url": f"{where}/assets",
        "upload_url": f"{where}/assets{{?name,label}}",
        "html_url": f"{page(world, repo)}/releases/tag/{quote(one.tag)}",
        "id": one.id,
        "node_id": f"RE_{one.id}",
        "author": people.user(world, one.author),
        "tag_name": one.tag,
        "target_commitish": one.target,
        "name": one.name,
        "draft": one.draft,
        "prerelease": one.prerelease,
        "immutable": False,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "published_at": iso_or_none(one.published_at),
        "assets": [],
        "tarball_url": f"{url(world, repo)}/tarball/{quote(one.tag)}",
        "zipball_url": f"{url(world, repo)}/zipball/{quote(one.tag)}",
        "body": one.body,
    }


def workflow_run(world: World, one: WorkflowRun) -> JSON:
    repo = one.repo
    where = f"{url(world, repo)}/actions/runs/{one.id}"
    name = one.workflow.rpartition("/")[2]
    return {
        "id": one.id,
        "name": name,
        "node_id": f"WFR_{one.id}",
        "head_branch": one.ref,
        "head_sha": one.sha,
        "path": one.workflow,
        "display_title": name,
        "run_number": one.id,
        "run_attempt": one.attempt,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": _workflow_id(one.workflow),
        "check_suite_id": one.id,
        "check_suite_node_id": f"CS_{one.id}",
        "url": where,
        "html_url": f"{page(world, repo)}/actions/runs/{one.id}",
        "pull_requests": [],
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "actor": people.user(world, one.actor),
        "triggering_actor": people.user(world, one.actor),
        "run_started_at": iso(one.created_at),
        "jobs_url": f"{where}/jobs",
        "logs_url": f"{where}/logs",
        "check_suite_url": f"{url(world, repo)}/check-suites/{one.id}",
        "artifacts_url": f"{where}/artifacts",
        "cancel_url": f"{where}/cancel",
        "rerun_url": f"{where}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{url(world, repo)}/actions/workflows/{_workflow_id(one.workflow)}",
        "head_commit": simple_commit(repo, one.sha),
        "repository": minimal(world, repo),
        "head_repository": minimal(world, repo),
    }


def _workflow_id(path: str) -> int:
    return zlib.crc32(path.encode())
