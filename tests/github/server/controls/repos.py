"""Controls of repositories, commits, refs, and actions for which GitHub has no route."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server import acts, events, merging, workflows
from tests.github.server.controls.accounts import _delete
from tests.github.server.repository.git import ZERO, is_sound_ref
from tests.github.server.repository.objects import Who
from tests.github.server.rest import rulesets
from tests.github.server.rest.checks import create as create_check
from tests.github.server.routing import Problem
from tests.github.server.run_state import Deployment, Environment, WorkflowRun
from tests.github.server.state import JSON, Account, App, Protection, Pull, Repo
from tests.github.server.world import World

if TYPE_CHECKING:
    from tests.github.server.asgi import Server

SETTINGS = ("private", "description", "default_branch")


def _repo(server: Server, name: str) -> Repo:
    return server.world.find_repo(*name.split("/"))


def _pull(server: Server, repo: str, number: int) -> Pull:
    pull = server.world.find_issue(_repo(server, repo), number).pull
    if pull is None:
        raise Problem(404, "Not Found")
    return pull


def _who(world: World, said: str | None, fallback: Account, when: datetime) -> tuple[Who, Account | None]:
    """Return the person given as `login` or `Name <mail>`, and their account."""
    if said is None:
        return _at(acts.who(world, fallback), when), fallback
    match = re.fullmatch(r"(.*?) ?<(.*)>", said)
    if match:
        return Who(match.group(1), match.group(2), when), world.by_email(match.group(2))
    account = world.find_account(said)
    return _at(acts.who(world, account), when), account


def _at(who: Who, when: datetime) -> Who:
    return Who(who.name, who.email, when)


def create_repo(
    server: Server, name: str, files: JSON | None = None, default_branch: str = "main", owner: str | None = None,
    message: str = "Initial commit", **settings: Any,
) -> None:  # fmt: skip
    world = server.world
    login, _, short = name.partition("/")
    account = world.accounts.get(login.casefold()) or world.create_account(login, "Organization", login.title())
    repo = world.create_repo(account, short, default_branch)
    update_repo(server, name, **settings)
    author = world.find_account(owner) if owner else account
    if owner:
        repo.collaborators[author.id] = "admin"
    _commit(world, repo, default_branch, {"files": files or {}, "message": message}, author)
    repo.pushed_at = world.clock.now()
    events.repository_event(world, repo, "created", author)


def repo_info(server: Server, name: str) -> JSON:
    repo = _repo(server, name)
    repo.git.flush()
    return {
        "id": repo.id,
        "full_name": repo.full_name,
        "default_branch": repo.default_branch,
        "git_dir": str(repo.git.path),
        "refs": repo.git.refs,
        "tags": {tag: found for tag, sha in repo.git.tags().items() if (found := repo.git.commit_at(sha))},
    }


def update_repo(server: Server, name: str, **settings: Any) -> None:
    repo = _repo(server, name)
    for key in SETTINGS:
        if key in settings:
            setattr(repo, key, settings.pop(key))
    repo.settings |= settings
    repo.git.set_head(repo.default_branch)


def rename_repo(server: Server, name: str, to: str) -> None:
    world, repo = server.world, _repo(server, name)
    world.repos.pop(repo.full_name.casefold())
    before, repo.name = repo.name, to
    world.repos[repo.full_name.casefold()] = repo
    changes = {"repository": {"name": {"from": before}}}
    events.repository_event(world, repo, "renamed", repo.owner, changes=changes)


def delete_repo(server: Server, name: str) -> None:
    repo = _repo(server, name)
    events.repository_event(server.world, repo, "deleted", repo.owner)
    _delete(server.world, repo)


def fork(server: Server, repo: str, login: str) -> JSON:
    world, parent = server.world, _repo(server, repo)
    account = world.find_account(login)
    copy = world.create_repo(account, parent.name, parent.default_branch, parent)
    for name, sha in parent.git.refs.items():
        if not name.startswith("refs/pull/"):
            copy.git.set_ref(name, sha)
    return repo_info(server, copy.full_name)


# --- commits and refs ---


def _commit(world: World, repo: Repo, branch: str, one: JSON, fallback: Account) -> tuple[str, Account]:
    """Create one commit and move the branch, without webhooks."""
    objects, ref = repo.git.objects, f"refs/heads/{branch}"
    tip = repo.git.refs.get(ref)
    if tip is None and repo.git.refs:
        at = one.get("at") or repo.default_branch
        tip = repo.git.resolve(at)
        if tip is None:
            raise Problem(422, f"there is no {at}")
    parents = [_sha(repo, p) for p in one["parents"]] if one.get("parents") else [tip] if tip else []
    changes: dict[str, tuple[str, str] | None] = {}
    tree = objects.commit(parents[0]).tree if parents else None
    for old, new in (one.get("rename") or {}).items():
        entry = objects.entry_at(tree, old) if tree else None
        if entry is None:
            raise Problem(422, f"there is no file {old}")
        changes[old], changes[new] = None, (entry.mode, entry.sha)
    for path, content in one["files"].items():
        if content is None:
            changes[path] = None
            continue
        mode = "100644"
        if isinstance(content, dict):
            mode = content.get("mode", mode)
            data = base64.b64decode(content["base64"])
        else:
            data = content.encode()
        changes[path] = (mode, objects.write("blob", data))
    when = datetime.fromisoformat(one["date"]) if one.get("date") else world.clock.now()
    author, account = _who(world, one.get("author"), fallback, when)
    committer = _who(world, one["committer"], fallback, when)[0] if one.get("committer") else author
    sha = objects.write_commit(objects.change_tree(tree, changes), parents, author, committer, one["message"])
    repo.git.set_ref(ref, sha)
    return sha, account or fallback


def _sha(repo: Repo, name: str) -> str:
    sha = repo.git.resolve(repo.default_branch if name == "HEAD" else name)
    if sha is None:
        raise Problem(422, f"there is no {name}")
    return sha


def commits(
    server: Server, repo: str, branch: str, commits: list[JSON], pusher: str | None = None, push: bool = True
) -> list[str]:
    world, one = server.world, _repo(server, repo)
    before = one.git.branch(branch) or ZERO
    fallback = world.find_account(pusher) if pusher else one.owner
    shas: list[str] = []
    account = fallback
    for said in commits:
        sha, account = _commit(world, one, branch, said, fallback)
        shas.append(sha)
    if push and shas:
        sender = fallback if pusher else account
        acts.move_refs(world, one, {f"refs/heads/{branch}": (before, shas[-1])}, sender)
    return shas


def set_ref(
    server: Server, repo: str, ref: str, at: str | None, pusher: str | None = None, message: str | None = None
) -> str | None:
    """Set a ref; delete it if `at` is None, create an annotated tag if there is a `message`."""
    world, one = server.world, _repo(server, repo)
    sender = world.find_account(pusher) if pusher else one.owner
    if at is None:
        if ref not in one.git.refs:
            raise Problem(422, f"there is no {ref}")
        acts.delete_ref(world, one, ref, sender)
        return None
    if not is_sound_ref(ref):
        raise Problem(422, f"{ref} is not a sound ref")
    commit = _sha(one, at)
    target = commit
    if message is not None:
        name = ref.removeprefix("refs/tags/")
        target = one.git.objects.write_tag(commit, "commit", name, acts.who(world, sender), message + "\n")
    acts.update_ref(world, one, ref, target, sender)
    return commit


def resolve(server: Server, repo: str, ref: str) -> str:
    return _sha(_repo(server, repo), ref)


def read(server: Server, repo: str, path: str, ref: str) -> str:
    git = _repo(server, repo).git
    entry = git.objects.entry_at(git.objects.commit(_sha(_repo(server, repo), ref)).tree, path)
    if entry is None or entry.is_tree:
        raise Problem(404, f"there is no file {path} at {ref}")
    return git.objects.blob(entry.sha).decode(errors="replace")


def log(server: Server, repo: str, ref: str, limit: int = 250) -> list[str]:
    one = _repo(server, repo)
    return one.git.history.log(_sha(one, ref), limit)


# --- settings ---


def collaborator(server: Server, repo: str, login: str, role: str | None) -> None:
    one, account = _repo(server, repo), server.world.find_account(login)
    if role is None:
        one.collaborators.pop(account.id, None)
    else:
        one.collaborators[account.id] = role


def protect(
    server: Server, repo: str, branch: str, required_checks: list[str], required_reviews: int, merge_queue: bool,
    ruleset: bool = False, app: int | None = None, linear_history: bool = False, signatures: bool = False,
    merge_methods: list[str] | None = None,
) -> None:  # fmt: skip
    one = _repo(server, repo)
    made = Protection(
        dict.fromkeys(required_checks, app), required_reviews, merge_queue, ruleset, linear_history, signatures
    )
    if merge_methods is not None:
        made.merge_methods = tuple(merge_methods)
    one.rulesets = [each for each in one.rulesets if each["name"] != branch]
    if ruleset:
        rulesets.add(server.world, one, rulesets.from_protection(branch, made))
    one.protections[branch] = made


def delete_label(server: Server, repo: str, name: str) -> None:
    del _repo(server, repo).labels[name.casefold()]


def burn_tag(server: Server, repo: str, tag: str) -> None:
    """Reserve a tag name as a deleted immutable release does: the tag can't be created again."""
    one = _repo(server, repo)
    one.burned_refs.add(f"refs/tags/{tag}")


def restrict_refs(server: Server, repo: str, prefix: str, rule: str, deletion: bool) -> None:
    """Add a ruleset that restricts the creation, or else the deletion, of refs with this prefix."""
    if deletion:
        _repo(server, repo).undeletable_refs.append(prefix)
    else:
        _repo(server, repo).restricted_refs[prefix] = rule


def protect_tags(server: Server, repo: str, pattern: str, rules: list[str]) -> None:
    _repo(server, repo).tag_rules[pattern] = rules


def environment(
    server: Server, repo: str, name: str, protected: bool = False, reviewers: list[str] | None = None,
    branches: list[str] | None = None,
) -> None:  # fmt: skip
    world, one = server.world, _repo(server, repo)
    people = [world.find_account(login) for login in reviewers or []]
    one.environments[name] = Environment(world.new_id(), name, world.clock.now(), protected, people, branches)


def dependency_review(server: Server, repo: str, base: str, head: str, changes: list[JSON]) -> None:
    one = _repo(server, repo)
    one.settings["dependency_graph"] = True
    one.dependency_reviews[_sha(one, base), _sha(one, head)] = changes


def set_check(server: Server, repo: str, ref: str, name: str, conclusion: str | None, app_slug: str, title: str) -> int:
    """Create a check run of another App."""
    world, one = server.world, _repo(server, repo)
    app: App | None = next((a for a in world.other_apps if a.slug == app_slug), None)
    if app is None:
        app = world.create_app(app_slug, one.owner, {"checks": "write"}, [])
        world.apps.pop(app.id)
        world.other_apps.append(app)
    body: JSON = {"name": name, "head_sha": _sha(one, ref), "output": {"title": title, "summary": title}}
    body |= {"status": "completed", "conclusion": conclusion} if conclusion else {"status": "in_progress"}
    return create_check(world, one, app, body).id


# --- actions without a REST route ---


def act(server: Server, repo: str, number: int, what: str, login: str) -> str | None:
    world, pull = server.world, _pull(server, repo, number)
    actor = world.find_account(login)
    if what == "convert_to_draft":
        pull.draft = True
        acts.note(world, pull.issue, "convert_to_draft", actor)
        events.pull(world, pull, "converted_to_draft", actor)
    elif what == "ready_for_review":
        pull.draft = False
        acts.note(world, pull.issue, "ready_for_review", actor)
        events.pull(world, pull, "ready_for_review", actor)
    elif what == "enable_auto_merge":
        pull.auto_merge = {
            "enabled_by": actor, "merge_method": "merge", "commit_title": None, "commit_message": None,
        }  # fmt: skip
        events.pull(world, pull, "auto_merge_enabled", actor)
        merging.try_auto_merge(world, pull)
    elif what == "enqueue":
        return merging.enqueue(world, pull, actor)
    elif what == "dequeue":
        merging.dequeue(world, pull, actor)
    elif what == "merge_queued":
        merging.merge_queued(world, pull, actor)
    return None


def rerequest(server: Server, repo: str, login: str, run: int | None = None, suite: int | None = None) -> None:
    """Press a Re-run button of a check run or suite."""
    world, one = server.world, _repo(server, repo)
    actor = world.find_account(login)
    if run is not None:
        check = one.check_runs[run]
        events.check_run(world, check, "rerequested", actor, only=check.suite.app)
    for each in one.suites:
        if each.id == suite:
            events.check_suite(world, each, "rerequested", actor, only=each.app)


def press(server: Server, repo: str, login: str, run: int, identifier: str) -> None:
    """Press a custom button of the check run."""
    world, one = server.world, _repo(server, repo)
    check = one.check_runs[run]
    actor = world.find_account(login)
    chosen = {"requested_action": {"identifier": identifier}}
    events.check_run(world, check, "requested_action", actor, only=check.suite.app, **chosen)


def request_protection(
    server: Server, repo: str, environment: str, ref: str, app: int | None = None, login: str | None = None,
    again: int | None = None,
) -> int:  # fmt: skip
    """Request the environment's custom protection rule for a job, and return the workflow run's ID.

    `again`: the run to rerun; GitHub sends the request for a new deployment.
    """
    world, one = server.world, _repo(server, repo)
    sha = _sha(one, ref)
    actor = world.find_account(login) if login else one.owner
    chosen = world.apps[app] if app else next(iter(world.apps.values()))
    now = world.clock.now()
    run = next((each for each in one.runs if each.id == again), None)
    if run is None:
        run = WorkflowRun(
            world.new_id(), one, ".github/workflows/deploy.yml", "workflow_dispatch", ref, sha, actor, now,
            status="waiting", environment=environment,
        )  # fmt: skip
        one.runs.append(run)
    else:
        run.status, run.conclusion, run.answers, run.attempt = "waiting", None, [], run.attempt + 1
    deployment = Deployment(
        world.new_id(), one, sha, ref, "deploy", environment, {}, None, world.builtin_app().bot, now, now
    )
    one.deployments.append(deployment)
    events.protection_rule(world, deployment, environment, run.id, chosen, actor)
    return run.id


def start_run(server: Server, repo: str, ref: str) -> int:
    world, one = server.world, _repo(server, repo)
    path = ".github/workflows/deploy.yml"
    run = workflows.start(world, one, path, "workflow_dispatch", ref, _sha(one, ref), one.owner)
    run.status = "in_progress"
    return run.id


def set_run(server: Server, repo: str, run: int, status: str, attempt: int) -> None:
    found = next(each for each in _repo(server, repo).runs if each.id == run)
    found.status, found.attempt = status, attempt
    found.conclusion = "failure" if status == "completed" else None


def runs(server: Server, repo: str) -> list[JSON]:
    return [
        {
            "id": run.id, "event": run.event, "workflow": run.workflow, "ref": run.ref, "sha": run.sha,
            "inputs": run.inputs, "actor": run.actor.login, "status": run.status, "conclusion": run.conclusion,
            "answers": run.answers, "environment": run.environment,
        }
        for run in _repo(server, repo).runs
    ]  # fmt: skip
