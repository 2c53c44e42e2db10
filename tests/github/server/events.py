"""Webhooks: the payload of each event, and which Apps receive it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.github.server.clock import iso
from tests.github.server.run_state import CheckRun, CheckSuite, Deployment, DeploymentStatus, Release, Status
from tests.github.server.show import people
from tests.github.server.show.checks import run as show_run
from tests.github.server.show.checks import suite as show_suite
from tests.github.server.show.deployments import deployment as show_deployment
from tests.github.server.show.deployments import release as show_release
from tests.github.server.show.deployments import status as show_status
from tests.github.server.show.git import commit as show_commit
from tests.github.server.show.git import pushed_commit
from tests.github.server.show.issues import comment as show_comment
from tests.github.server.show.issues import issue as show_issue
from tests.github.server.show.issues import pull as show_pull
from tests.github.server.show.issues import pull_simple
from tests.github.server.show.issues import review as show_review
from tests.github.server.show.repos import envelope, page, repository, url
from tests.github.server.state import JSON, Account, App, Comment, Installation, Issue, Pull, Repo, Review, Team
from tests.github.server.world import World

ZERO = "0" * 40
NEEDS = {
    "check_run": "checks",
    "check_suite": "checks",
    "create": "contents",
    "delete": "contents",
    "push": "contents",
    "release": "contents",
    "deployment": "deployments",
    "deployment_status": "deployments",
    "deployment_protection_rule": "deployments",
    "issue_comment": "issues",
    "issues": "issues",
    "sub_issues": "issues",
    "membership": "members",
    "team": "members",
    "organization": "members",
    "member": "metadata",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "repository": "metadata",
    "status": "statuses",
}
ALSO = {"issue_comment": "pull_requests", "deployment_protection_rule": "actions"}
"""An alternative permission that is also sufficient."""
ALWAYS = {"installation", "installation_repositories"}
PUSHED_COMMITS_MAX = 2048
TAGS_TOLD = 3
"""A push of more tags than this sends no event."""


def hears(installation: Installation, event: str) -> bool:
    if installation.suspended_at or event not in installation.events:
        return False
    held = installation.permissions
    return NEEDS.get(event, "metadata") in held or ALSO.get(event) in held


def emit(world: World, repo: Repo, event: str, payload: JSON, sender: Account, only: App | None = None) -> None:
    """Send a repository's event to all installed Apps that subscribe to it (or to `only` one)."""
    for listener in world.on_event:
        listener(repo, event, payload, sender)
    full: JSON | None = None
    for installation in list(world.installations.values()):
        if not installation.covers(repo):
            continue
        if only is not None:
            if installation.app is not only or installation.suspended_at:
                continue
        elif not hears(installation, event):
            continue
        if full is None:
            full = {**payload, **envelope(world, repo), "sender": people.user(world, sender)}
        body = {**full, "installation": _simple(installation)}
        if event == "push":
            body["repository"] = _pushed(world, repo)
        world.hooks.enqueue(installation.app, event, body, installation_id=installation.id, repo_id=repo.id)


def emit_org(world: World, org: Account, event: str, payload: JSON, sender: Account) -> None:
    for installation in list(world.installations.values()):
        if installation.account is org and hears(installation, event):
            body = {
                **payload,
                "organization": people.organization(world, org),
                "sender": people.user(world, sender),
                "installation": _simple(installation),
            }
            world.hooks.enqueue(installation.app, event, body, installation_id=installation.id, repo_id=None)


def emit_installation(world: World, one: Installation, action: str, sender: Account, repos: Iterable[Repo]) -> None:
    payload: JSON = {
        "action": action,
        "installation": people.installation(world, one),
        "repositories": [_tiny(repo) for repo in repos],
        "sender": people.user(world, sender),
    }
    if action != "created":
        payload["requester"] = None
    world.hooks.enqueue(one.app, "installation", payload, installation_id=one.id, repo_id=None)


def emit_installation_repos(world: World, one: Installation, added: list[Repo], removed: list[Repo]) -> None:
    payload = {
        "action": "added" if added else "removed",
        "installation": people.installation(world, one),
        "repository_selection": one.selection,
        "repositories_added": [_tiny(repo) for repo in added],
        "repositories_removed": [_tiny(repo) for repo in removed],
        "requester": None,
        "sender": people.user(world, one.account),
    }
    world.hooks.enqueue(one.app, "installation_repositories", payload, installation_id=one.id, repo_id=None)


def _simple(installation: Installation) -> JSON:
    return {"id": installation.id, "node_id": f"MDIzOk{installation.id}"}


def _tiny(repo: Repo) -> JSON:
    return {
        "id": repo.id,
        "node_id": repo.node_id,
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def _pushed(world: World, repo: Repo) -> JSON:
    """Return the repository as in a push event: timestamps in seconds, and an owner with a name."""
    shown = {**repository(world, repo), "custom_properties": {}}
    shown["created_at"] = int(repo.created_at.timestamp())
    shown["pushed_at"] = int((repo.pushed_at or repo.created_at).timestamp())
    shown["owner"] = {**shown["owner"], "name": repo.owner.login, "email": repo.owner.email}
    shown |= {"stargazers": 0, "master_branch": repo.default_branch, "url": page(world, repo)}
    if repo.owner.is_org:
        shown["organization"] = repo.owner.login
    return shown


# --- git ---


def push(world: World, repo: Repo, ref: str, before: str, after: str, pusher: Account) -> None:
    git = repo.git
    created, deleted = before == ZERO, after == ZERO
    forced = False
    shas: list[str] = []
    after_commit = None if deleted else git.commit_at(after)
    if after_commit and not ref.startswith("refs/tags/"):
        base = git.branch(repo.default_branch) if created else before
        if base and base != ZERO:
            shas = git.history.between(base, after_commit)[::-1] if base != after_commit else []
            forced = not created and not git.history.is_ancestor(base, after_commit)
        else:
            shas = git.history.log(after_commit)[::-1]
    commits = [pushed_commit(world, repo, sha) for sha in shas[-PUSHED_COMMITS_MAX:]]
    span = f"{before[:12]}...{after[:12]}" if not created else after[:12]
    payload = {
        "ref": ref,
        "before": before,
        "after": after,
        "pusher": {"name": pusher.login, "email": pusher.email or f"{pusher.login}@users.noreply.github.com"},
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page(world, repo)}/compare/{span}",
        "commits": commits,
        "head_commit": pushed_commit(world, repo, after_commit) if after_commit else None,
    }
    emit(world, repo, "push", payload, pusher)


def created_or_deleted(world: World, repo: Repo, ref: str, event: str, sender: Account) -> None:
    kind, _, name = ref.removeprefix("refs/").partition("/")
    payload: JSON = {"ref": name, "ref_type": {"heads": "branch", "tags": "tag"}[kind], "pusher_type": "user"}
    if event == "create":
        payload |= {"master_branch": repo.default_branch, "description": repo.description}
    emit(world, repo, event, payload, sender)


# --- pull requests, issues ---


def pull(world: World, one: Pull, action: str, sender: Account, **more: Any) -> None:
    payload = {"action": action, "number": one.number, "pull_request": show_pull(world, one, hook=True), **more}
    emit(world, one.repo, "pull_request", payload, sender)


def review(world: World, on: Pull, one: Review, action: str, sender: Account, **more: Any) -> None:
    payload = {
        "action": action,
        "review": show_review(world, on, one, lower=True),
        "pull_request": pull_simple(world, on, hook=True),
        **more,
    }
    emit(world, on.repo, "pull_request_review", payload, sender)


def comment(world: World, on: Issue, one: Comment, action: str, sender: Account, **more: Any) -> None:
    shown = show_issue(world, on)
    payload = {"action": action, "issue": shown, "comment": show_comment(world, on, one), **more}
    emit(world, on.repo, "issue_comment", payload, sender)


def issue(world: World, one: Issue, action: str, sender: Account, **more: Any) -> None:
    emit(world, one.repo, "issues", {"action": action, "issue": show_issue(world, one), **more}, sender)


def sub_issue(world: World, parent: Issue, child: Issue, sender: Account) -> None:
    """Send the events of a sub-issue for both parent and child."""
    shown = {
        "sub_issue_id": child.id,
        "sub_issue": show_issue(world, child),
        "parent_issue_id": parent.id,
        "parent_issue": show_issue(world, parent),
    }
    repo = repository(world, parent.repo)
    emit(world, parent.repo, "sub_issues", {"action": "sub_issue_added", **shown, "sub_issue_repo": repo}, sender)
    emit(world, child.repo, "sub_issues", {"action": "parent_issue_added", **shown, "parent_issue_repo": repo}, sender)


# --- checks, deployments, releases ---


def check_run(world: World, one: CheckRun, action: str, sender: Account, only: App | None = None, **more: Any) -> None:
    payload = {"action": action, "check_run": show_run(world, one, hook=True), **more}
    emit(world, one.suite.repo, "check_run", payload, sender, only)


def check_suite(world: World, one: CheckSuite, action: str, sender: Account, only: App | None = None) -> None:
    payload = {"action": action, "check_suite": show_suite(world, one, hook=True)}
    emit(world, one.repo, "check_suite", payload, sender, only)


def deployment(world: World, one: Deployment, sender: Account) -> None:
    payload = {
        "action": "created",
        "deployment": show_deployment(world, one),
        "workflow": None,
        "workflow_run": None,
    }
    emit(world, one.repo, "deployment", payload, sender)


def deployment_status(world: World, on: Deployment, one: DeploymentStatus, sender: Account) -> None:
    payload = {
        "action": "created",
        "deployment_status": show_status(world, on, one),
        "deployment": show_deployment(world, on),
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
    }
    emit(world, on.repo, "deployment_status", payload, sender)


def release(world: World, repo: Repo, one: Release, action: str, sender: Account) -> None:
    emit(world, repo, "release", {"action": action, "release": show_release(world, repo, one)}, sender)


def repository_event(world: World, repo: Repo, action: str, sender: Account, **more: Any) -> None:
    emit(world, repo, "repository", {"action": action, **more}, sender)


def status(world: World, repo: Repo, one: Status, sender: Account) -> None:
    commit = show_commit(world, repo, one.sha)
    holds = [
        {
            "name": name,
            "commit": {"sha": tip, "url": f"{url(world, repo)}/commits/{tip}"},
            "protected": name in repo.protections,
        }
        for name, tip in repo.git.branches().items()
        if repo.git.history.is_ancestor(one.sha, tip)
    ]
    payload = {
        "id": one.id,
        "sha": one.sha,
        "name": repo.full_name,
        "avatar_url": f"{world.url}/avatars/u/{one.creator.id}",
        "target_url": one.target_url,
        "context": one.context,
        "description": one.description,
        "state": one.state,
        "commit": commit,
        "branches": holds[:10],
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }
    emit(world, repo, "status", payload, sender)


# --- organizations ---


def membership(world: World, team: Team, member: Account, action: str, sender: Account) -> None:
    payload = {
        "action": action,
        "scope": "team",
        "member": people.user(world, member),
        "team": people.team(world, team),
    }
    emit_org(world, team.org, "membership", payload, sender)


def team(world: World, one: Team, action: str, sender: Account, repo: Repo | None = None) -> None:
    payload: JSON = {"action": action, "team": people.team(world, one)}
    if repo is not None:
        payload["repository"] = repository(world, repo)
    emit_org(world, one.org, "team", payload, sender)


def organization(world: World, org: Account, action: str, member: Account, role: str, sender: Account) -> None:
    shown = {
        "url": f"{world.api_url}/orgs/{org.login}/memberships/{member.login}",
        "state": "active",
        "role": role,
        "organization_url": f"{world.api_url}/orgs/{org.login}",
        "user": people.user(world, member),
    }
    emit_org(world, org, "organization", {"action": action, "membership": shown}, sender)


def protection_rule(world: World, one: Deployment, environment: str, run_id: int, app: App, sender: Account) -> None:
    callback = f"{url(world, one.repo)}/actions/runs/{run_id}/deployment_protection_rule"
    payload = {
        "action": "requested",
        "environment": environment,
        "event": "workflow_dispatch",
        "deployment_callback_url": callback,
        "deployment": show_deployment(world, one),
        "pull_requests": [],
    }
    emit(world, one.repo, "deployment_protection_rule", payload, sender, app)


def merge_group(
    world: World, repo: Repo, action: str, ref: str, base_ref: str, base: str, head: str, sender: Account, **more: Any
) -> None:
    one = repo.git.objects.commit(head)
    payload = {
        "action": action,
        "merge_group": {
            "head_sha": head,
            "head_ref": ref,
            "base_sha": base,
            "base_ref": f"refs/heads/{base_ref}",
            "head_commit": {
                "id": head,
                "tree_id": one.tree,
                "message": one.message,
                "timestamp": one.committer.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "author": {"name": one.author.name, "email": one.author.email},
                "committer": {"name": one.committer.name, "email": one.committer.email},
            },
        },
        **more,
    }
    emit(world, repo, "merge_group", payload, sender)
