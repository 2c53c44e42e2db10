"""Events on GitHub (pushes, pull requests, checks): state changes with their timeline items and webhooks."""

from __future__ import annotations

from typing import Any

from tests.github.server import events
from tests.github.server.faults import before_push
from tests.github.server.repository.git import ZERO
from tests.github.server.repository.objects import Who
from tests.github.server.routing import Problem, invalid
from tests.github.server.run_state import CheckRun, CheckSuite
from tests.github.server.show.issues import CLOSES
from tests.github.server.state import JSON, Account, App, Event, Installation, Issue, Label, Pull, Repo, Review, Team
from tests.github.server.world import World

MOST_CLOSING = 200
"""Maximum number of commits per push whose messages are searched for closing keywords."""
COLORS = ("d73a4a", "0075ca", "cfd3d7", "a2eeef", "7057ff", "008672", "e4e669", "d876e3")


def who(world: World, account: Account) -> Who:
    email = account.email or f"{account.id}+{account.login}@users.noreply.github.com"
    return Who(account.name or account.login, email, world.clock.now())


def note(world: World, on: Issue, kind: str, actor: Account, **detail: Any) -> Event:
    event = Event(world.new_id(), kind, actor, world.clock.now(), detail)
    on.timeline.append(event)
    on.updated_at = event.at
    return event


# --- git ---


def move_refs(
    world: World, repo: Repo, moves: dict[str, tuple[str, str]], pusher: Account, by_actions: bool = False
) -> None:
    """Handle refs that have been moved: send webhooks, synchronize pull requests and mark them as merged."""
    before_push(world, repo, moves)
    repo.pushed_at = world.clock.now()
    world.pusher_is_actions = by_actions
    reported = {name: move for name, move in moves.items() if name.startswith(("refs/heads/", "refs/tags/"))}
    if sum(name.startswith("refs/tags/") for name in reported) > events.TAGS_TOLD:
        reported = {name: move for name, move in reported.items() if not name.startswith("refs/tags/")}
    for name, (before, after) in reported.items():
        if before == ZERO:
            events.created_or_deleted(world, repo, name, "create", pusher)
        events.push(world, repo, name, before, after, pusher)
        if after == ZERO:
            events.created_or_deleted(world, repo, name, "delete", pusher)
        if name.startswith("refs/heads/"):
            _branch_moved(world, repo, name.removeprefix("refs/heads/"), before, after, pusher)
        if name == f"refs/heads/{repo.default_branch}" and ZERO not in (before, after):
            _fixed_by_commits(world, repo, before, after, pusher)
    world.pusher_is_actions = False


def _branch_moved(world: World, repo: Repo, branch: str, before: str, after: str, pusher: Account) -> None:
    if after != ZERO:
        _request_suites(world, repo, branch, before, after, pusher)
    for base in [repo, repo.parent] if repo.parent else [repo]:
        for pull in base.pulls:
            if pull.issue.state == "open" and pull.head_repo is repo and pull.head_ref == branch:
                if after == ZERO:
                    note(world, pull.issue, "head_ref_deleted", pusher)
                    close_pull(world, pull, pusher)
                else:
                    synchronize(world, pull, before, after, pusher)
    if after == ZERO:
        _retarget(world, repo, branch, pusher)
        return
    for pull in repo.pulls:
        if pull.issue.state == "open" and pull.base_ref == branch and pull.head_sha != ZERO:
            if before != ZERO and not repo.git.history.is_ancestor(before, after):
                note(world, pull.issue, "base_ref_force_pushed", pusher, before=before, after=after)
            reached = repo.git.history.is_ancestor(pull.head_sha, after)
            if reached and not (before != ZERO and repo.git.history.is_ancestor(pull.head_sha, before)):
                mark_merged(world, pull, after, pusher)


def _retarget(world: World, repo: Repo, branch: str, pusher: Account) -> None:
    """Retarget the pull requests into a deleted branch to the branch that it was merged into."""
    merged = next((p for p in repo.pulls if p.merged_at and p.head_repo is repo and p.head_ref == branch), None)
    for pull in repo.pulls if merged else ():
        if merged and pull.issue.state == "open" and pull.base_ref == branch:
            note(world, pull.issue, "automatic_base_change_succeeded", pusher, before=branch, after=merged.base_ref)
            changes = {"base": {"ref": {"from": branch}, "sha": {"from": pull.base_sha}}}
            pull.base_ref, pull.base_sha = merged.base_ref, repo.git.refs[f"refs/heads/{merged.base_ref}"]
            events.pull(world, pull, "edited", pusher, changes=changes)


def _request_suites(world: World, repo: Repo, branch: str, before: str, after: str, pusher: Account) -> None:
    for installation in list(world.installations.values()):
        if installation.covers(repo) and installation.permissions.get("checks") == "write":
            suite = suite_for(world, repo, installation.app, after, branch)
            if not suite.requested:
                suite.requested = True
                suite.before = before
                events.check_suite(world, suite, "requested", pusher, only=installation.app)


def synchronize(world: World, pull: Pull, before: str, after: str, pusher: Account) -> None:
    history = pull.repo.git.history
    pull.head_sha = after
    pull.repo.git.set_ref(f"refs/pull/{pull.number}/head", after)
    if not history.is_ancestor(before, after):
        note(world, pull.issue, "head_ref_force_pushed", pusher, before=before, after=after)
    pull.issue.updated_at = world.clock.now()
    events.pull(world, pull, "synchronize", pusher, before=before, after=after)


def update_ref(world: World, repo: Repo, name: str, sha: str, actor: Account, by_actions: bool = False) -> None:
    before = repo.git.refs.get(name, ZERO)
    if before == sha:
        return
    repo.git.set_ref(name, sha)
    move_refs(world, repo, {name: (before, sha)}, actor, by_actions)


def delete_ref(world: World, repo: Repo, name: str, actor: Account) -> None:
    before = repo.git.refs[name]
    repo.git.delete_ref(name)
    move_refs(world, repo, {name: (before, ZERO)}, actor)


# --- issues and pull requests ---


def edit_words(world: World, issue: Issue, asked: JSON, who: Account) -> JSON:
    """Set the title and body as requested; return the webhook's `changes`."""
    changes: JSON = {}
    if asked.get("title") and asked["title"] != issue.title:
        changes["title"] = {"from": issue.title}
        note(world, issue, "renamed", who, before=issue.title, after=asked["title"])
        issue.title = asked["title"]
    if "body" in asked and asked["body"] != issue.body:
        changes["body"] = {"from": issue.body or ""}
        issue.body = asked["body"]
        issue.body_edited_at = world.clock.now()
    return changes


def new_issue(world: World, repo: Repo, user: Account, title: str, body: str | None, app: App | None) -> Issue:
    now = world.clock.now()
    issue = Issue(world.new_id(), repo.next_number, repo, title, body, user, now, now, app=app)
    repo.next_number += 1
    repo.issues[issue.number] = issue
    return issue


def label_named(world: World, repo: Repo, name: str) -> Label:
    """Return the repository's label with that name; create it if missing, as GitHub does."""
    found = repo.labels.get(name.casefold())
    if found is None:
        color = COLORS[len(repo.labels) % len(COLORS)]
        found = repo.labels[name.casefold()] = Label(world.new_id(), name, color)
    return found


def add_label(world: World, on: Issue, name: str, actor: Account) -> None:
    label = label_named(world, on.repo, name)
    if label in on.labels:
        return
    on.labels.append(label)
    note(world, on, "labeled", actor, label=label)
    _label_event(world, on, "labeled", label, actor)


def remove_label(world: World, on: Issue, label: Label, actor: Account) -> None:
    on.labels.remove(label)
    note(world, on, "unlabeled", actor, label=label)
    _label_event(world, on, "unlabeled", label, actor)


def _label_event(world: World, on: Issue, action: str, label: Label, actor: Account) -> None:
    from tests.github.server.show.issues import label as show

    shown = show(world, on.repo, label)
    if on.pull:
        events.pull(world, on.pull, action, actor, label=shown)
    else:
        events.issue(world, on, action, actor, label=shown)


def _fixed_by_commits(world: World, repo: Repo, before: str, after: str, pusher: Account) -> None:
    for sha in repo.git.history.between(before, after)[:MOST_CLOSING]:
        close_fixed(world, repo, repo.git.objects.commit(sha).message, pusher, commit_id=sha)


def close_fixed(world: World, repo: Repo, text: str, actor: Account, **closer: Any) -> None:
    """Close the issues for which a text on the default branch has a closing keyword."""
    for number in CLOSES.findall(text):
        found = repo.issues.get(int(number))
        if found is not None and found.pull is None and found.state == "open":
            set_issue_state(world, found, "closed", actor, **closer)


def set_issue_state(
    world: World, issue: Issue, state: str, actor: Account, reason: str | None = None, **closer: Any
) -> None:
    """Close or reopen an issue; `closer` is the pull request or commit that did it."""
    issue.state = state
    issue.closed_at = world.clock.now() if state == "closed" else None
    issue.closed_by = actor if state == "closed" else None
    issue.state_reason = (reason or "completed") if state == "closed" else "reopened"
    action = "closed" if state == "closed" else "reopened"
    note(world, issue, action, actor, **closer)
    events.issue(world, issue, action, actor)


def close_pull(world: World, pull: Pull, actor: Account) -> None:
    issue = pull.issue
    if issue.state == "closed":
        return
    pull.base_sha = pull.repo.git.branch(pull.base_ref) or pull.base_sha
    issue.state = "closed"
    issue.closed_at = world.clock.now()
    issue.closed_by = actor
    pull.auto_merge = None
    note(world, issue, "closed", actor)
    events.pull(world, pull, "closed", actor)


def mark_merged(world: World, pull: Pull, merge_sha: str, actor: Account) -> None:
    now = world.clock.now()
    pull.merged_at = now
    pull.merged_by = actor
    pull.merge_commit_sha = merge_sha
    issue = pull.issue
    issue.state, issue.closed_at, issue.closed_by = "closed", now, actor
    note(world, issue, "merged", actor, commit_id=merge_sha)
    note(world, issue, "closed", actor)
    events.pull(world, pull, "closed", actor)
    if pull.base_ref == pull.repo.default_branch:
        close_fixed(world, pull.repo, issue.body or "", actor, pull=pull)


def set_requested(world: World, pull: Pull, users: list[Account], teams: list[Team], actor: Account) -> None:
    from tests.github.server.show.people import team as show_team
    from tests.github.server.show.people import user as show_user

    for user in users:
        if user is pull.issue.user:
            raise Problem(422, "Review cannot be requested from pull request author.")
    for user in users:
        if user not in pull.requested_users:
            pull.requested_users.append(user)
            note(world, pull.issue, "review_requested", actor, requester=actor, reviewer=user)
            events.pull(world, pull, "review_requested", actor, requested_reviewer=show_user(world, user))
    for team in teams:
        if team not in pull.requested_teams:
            pull.requested_teams.append(team)
            note(world, pull.issue, "review_requested", actor, requester=actor, team=team)
            events.pull(world, pull, "review_requested", actor, requested_team=show_team(world, team))


def remove_requested(world: World, pull: Pull, users: list[Account], teams: list[Team], actor: Account) -> None:
    from tests.github.server.show.people import team as show_team
    from tests.github.server.show.people import user as show_user

    for user in users:
        if user in pull.requested_users:
            pull.requested_users.remove(user)
            note(world, pull.issue, "review_request_removed", actor, requester=actor, reviewer=user)
            events.pull(world, pull, "review_request_removed", actor, requested_reviewer=show_user(world, user))
    for team in teams:
        if team in pull.requested_teams:
            pull.requested_teams.remove(team)
            note(world, pull.issue, "review_request_removed", actor, requester=actor, team=team)
            events.pull(world, pull, "review_request_removed", actor, requested_team=show_team(world, team))


def submit_review(world: World, pull: Pull, review: Review, actor: Account) -> None:
    review.submitted_at = world.clock.now()
    if review.state in ("APPROVED", "CHANGES_REQUESTED", "COMMENTED") and actor in pull.requested_users:
        pull.requested_users.remove(actor)
    for team in list(pull.requested_teams):
        if actor.id in team.members:
            pull.requested_teams.remove(team)
    note(world, pull.issue, "reviewed", actor, review=review)
    events.review(world, pull, review, "submitted", actor)


def sound_event(event: str | None, body: str) -> str:
    states = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
    if event not in states:
        raise invalid("PullRequestReview", "event")
    if event != "APPROVE" and not body:
        raise Problem(422, "Unprocessable Entity", ["Body cannot be blank"])
    return states[event]


# --- checks ---


def suite_for(world: World, repo: Repo, app: App, sha: str, branch: str | None = None) -> CheckSuite:
    """Return the App's check suite on a commit; create it if missing."""
    suites = repo.suites_by_sha.setdefault(sha, [])
    found = next((s for s in suites if s.app is app), None)
    if found is None:
        if branch is None:
            branch = next((name for name, tip in repo.git.branches().items() if tip == sha), None)
        now = world.clock.now()
        found = CheckSuite(world.new_id(), repo, app, sha, branch, now, now)
        suites.append(found)
        repo.suites.append(found)
    return found


def checks_on(repo: Repo, sha: str) -> list[CheckRun]:
    """Return all check runs on a commit, oldest first."""
    return sorted((run for suite in repo.suites_by_sha.get(sha, []) for run in suite.runs), key=lambda r: r.id)


def install_app(world: World, one: App, target: Account, repos: list[str] | None = None) -> JSON:
    if world.installation_for(one, target):
        raise Problem(422, "The app is installed there already")
    chosen = [world.find_repo(*name.split("/")) for name in repos or []]
    installation = Installation(
        world.new_small_id(), one, target, "all" if repos is None else "selected", {r.id for r in chosen},
        dict(one.permissions), list(one.events), world.clock.now(),
    )  # fmt: skip
    world.installations[installation.id] = installation
    covered = [r for r in world.repos_by_id.values() if installation.covers(r)]
    events.emit_installation(world, installation, "created", target, covered)
    return {"id": installation.id}
