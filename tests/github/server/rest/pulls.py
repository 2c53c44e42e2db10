"""Routes of pull requests, reviews, requested reviewers and merging."""

from __future__ import annotations

from operator import attrgetter

from tests.github.server import acts, events
from tests.github.server.auth import role_of
from tests.github.server.merging import merge_pull
from tests.github.server.repository import compare
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.show import git as show_git
from tests.github.server.show import issues as show
from tests.github.server.show import people
from tests.github.server.state import JSON, Account, Pull, Repo, Review, Team, at_least

READ = ("pull_requests", "read")
WRITE = ("pull_requests", "write")


@route("GET", "/repos/{owner}/{repo}/pulls", READ)
def list_pulls(call: Request) -> Answer:
    query = call.query
    found = call.repo.pulls
    state = query.get("state", "open")
    if state != "all":
        found = [p for p in found if p.issue.state == state]
    if "head" in query:
        found = [p for p in found if p.head_label == query["head"]]
    if "base" in query:
        found = [p for p in found if p.base_ref == query["base"]]
    moment = attrgetter("issue.updated_at" if query.get("sort") == "updated" else "issue.created_at")
    found = sorted(found, key=lambda p: (moment(p), p.number), reverse=query.get("direction", "desc") == "desc")
    return call.listed(found, lambda p: show.pull_simple(call.world, p))


def _head(call: Request, repo: Repo, text: str) -> tuple[Repo, str, str]:
    """Return the repository, branch and SHA that `head` refers to."""
    owner, colon, branch = text.partition(":")
    source = repo
    if colon:
        network = [r for r in call.world.repos_by_id.values() if r.git.objects is repo.git.objects]
        found = [r for r in network if r.owner.login.casefold() == owner.casefold()]
        wanted = call.body.get("head_repo")
        if wanted:
            found = [r for r in found if r.name == wanted]
        if not found:
            raise invalid("PullRequest", "head")
        source = repo if repo in found else found[0]
    else:
        branch = text
    sha = source.git.branch(branch)
    if sha is None:
        raise invalid("PullRequest", "head")
    return source, branch, sha


@route("POST", "/repos/{owner}/{repo}/pulls", WRITE, role="pull", status=201)
def open_pull(call: Request) -> JSON:
    repo, body = call.repo, call.body
    call.need("head", "base", resource="PullRequest")
    source, branch, sha = _head(call, repo, body["head"])
    base_sha = repo.git.branch(body["base"])
    if base_sha is None:
        raise invalid("PullRequest", "base")
    label = f"{source.owner.login}:{branch}"
    for pull in repo.pulls:
        if pull.issue.state == "open" and pull.head_label == label and pull.base_ref == body["base"]:
            message = f"A pull request already exists for {label}."
            raise Problem(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])
    if not repo.git.history.between(base_sha, sha):
        message = f"No commits between {body['base']} and {branch}"
        raise Problem(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])
    title, text = body.get("title"), body.get("body")
    if "issue" in body:
        title, text = call.world.find_issue(repo, body["issue"]).title, call.world.find_issue(repo, body["issue"]).body
    if not title:
        raise invalid("PullRequest", "title", "missing_field")
    issue = acts.new_issue(call.world, repo, call.me, title, text, call.actor.via_app)
    pull = Pull(
        call.world.new_id(), issue, source, label, branch, sha, body["base"], base_sha,
        draft=bool(body.get("draft")),
    )  # fmt: skip
    issue.pull = pull
    call.world.nodes[f"PR_{pull.id}"] = pull
    repo.git.set_ref(f"refs/pull/{pull.number}/head", sha)
    events.pull(call.world, pull, "opened", call.me)
    return show.pull(call.world, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", READ)
def get_pull(call: Request) -> JSON:
    return show.pull(call.world, call.pull)


@route("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}", WRITE, role="pull")
def edit_pull(call: Request) -> JSON:
    pull, body = call.pull, call.body
    issue = pull.issue
    if issue.user is not call.me and not at_least(role_of(call.me, call.repo), "push") and not call.actor.installation:
        raise Problem(403, "Must have write access to edit this pull request.")
    changes = acts.edit_words(call.world, issue, body, call.me)
    if body.get("base") and body["base"] != pull.base_ref:
        if call.repo.git.branch(body["base"]) is None:
            raise invalid("PullRequest", "base")
        changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": compare.base_of(pull)}}
        acts.note(call.world, issue, "base_ref_changed", call.me, before=pull.base_ref, after=body["base"])
        pull.base_ref = body["base"]
        pull.base_sha = call.repo.git.refs[f"refs/heads/{pull.base_ref}"]
    if changes:
        issue.updated_at = call.world.clock.now()
        events.pull(call.world, pull, "edited", call.me, changes=changes)
    if body.get("state") == "closed":
        acts.close_pull(call.world, pull, call.me)
    elif body.get("state") == "open" and issue.state == "closed":
        _reopen(call, pull)
    return show.pull(call.world, pull)


def _reopen(call: Request, pull: Pull) -> None:
    tip = pull.head_repo.git.branch(pull.head_ref) if pull.head_repo else None
    if pull.merged_at or tip is None:
        raise Problem(422, "Validation Failed", [{"resource": "PullRequest", "field": "state", "code": "invalid"}])
    pull.head_sha = tip
    pull.issue.state, pull.issue.closed_at, pull.issue.closed_by = "open", None, None
    acts.note(call.world, pull.issue, "reopened", call.me)
    events.pull(call.world, pull, "reopened", call.me)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", READ)
def list_files(call: Request) -> Answer:
    pull = call.pull
    files = compare.pull_files(pull)[: compare.MAX_PULL_FILES]
    return call.listed(files, lambda f: show_git.file(call.world, call.repo, f, pull.head_sha))


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/commits", READ)
def list_commits(call: Request) -> Answer:
    shas = compare.pull_commits(call.pull)[: compare.MAX_PULL_COMMITS]
    return call.listed(shas, lambda s: show_git.commit(call.world, call.repo, s))


# --- reviews ---


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", READ)
def list_reviews(call: Request) -> Answer:
    pull = call.pull
    seen = [r for r in pull.reviews if r.state != "PENDING" or r.user is call.actor.account]
    return call.listed(seen, lambda r: show.review(call.world, pull, r))


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", WRITE, role="pull")
def create_review(call: Request) -> JSON:
    pull, body = call.pull, call.body
    sha = body.get("commit_id") or pull.head_sha
    if not call.repo.git.objects.has(sha):
        raise invalid("PullRequestReview", "commit_id")
    state = acts.sound_event(body["event"], body.get("body") or "") if body.get("event") else "PENDING"
    if pull.issue.user is call.me and state in ("APPROVED", "CHANGES_REQUESTED"):
        verb = "approve" if state == "APPROVED" else "request changes on"
        raise Problem(422, "Unprocessable Entity", [f"Can not {verb} your own pull request"])
    review = Review(
        call.world.new_id(), call.me, state, body.get("body") or "", sha, None,
        people.association(call.me, call.repo),
    )  # fmt: skip
    pull.reviews.append(review)
    if state != "PENDING":
        acts.submit_review(call.world, pull, review, call.me)
    return show.review(call.world, pull, review)


def _review(call: Request) -> Review:
    wanted = call.number("review_id")
    for review in call.pull.reviews:
        if review.id == wanted:
            return review
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", READ)
def get_review(call: Request) -> JSON:
    return show.review(call.world, call.pull, _review(call))


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/events", WRITE, role="pull")
def submit_review(call: Request) -> JSON:
    review = _review(call)
    if review.state != "PENDING" or review.user is not call.me:
        raise Problem(422, "Unprocessable Entity", ["Review is not pending"])
    review.body = call.body.get("body") or review.body
    review.state = acts.sound_event(call.body.get("event"), review.body)
    acts.submit_review(call.world, call.pull, review, call.me)
    return show.review(call.world, call.pull, review)


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", WRITE, role="pull")
def edit_review(call: Request) -> JSON:
    review = _review(call)
    before, review.body = review.body, call.body["body"]
    events.review(call.world, call.pull, review, "edited", call.me, changes={"body": {"from": before}})
    return show.review(call.world, call.pull, review)


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", WRITE)
def dismiss_review(call: Request) -> JSON:
    review = _review(call)
    call.need("message", resource="PullRequestReview")
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise Problem(422, "Unprocessable Entity", ["Can not dismiss a commented pull request review"])
    acts.note(call.world, call.pull.issue, "review_dismissed", call.me, review=review, was=review.state)
    review.state = "DISMISSED"
    events.review(call.world, call.pull, review, "dismissed", call.me)
    return show.review(call.world, call.pull, review)


# --- requested reviewers ---


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", READ)
def get_requested(call: Request) -> JSON:
    pull = call.pull
    return {
        "users": [people.user(call.world, u) for u in pull.requested_users],
        "teams": [people.team(call.world, t) for t in pull.requested_teams],
    }


def _named(call: Request) -> tuple[list[Account], list[Team]]:
    repo = call.repo
    users, teams = [], []
    for login in call.body.get("reviewers") or []:
        account = call.world.accounts.get(login.casefold())
        if account is None or not _may_review(account, repo):
            raise Problem(
                422, f"Reviews may only be requested from collaborators. One or more of the users or teams you "
                f"specified is not a collaborator of the {repo.full_name} repository."
            )  # fmt: skip
        users.append(account)
    for slug in call.body.get("team_reviewers") or []:
        team = repo.owner.teams.get(slug.casefold())
        if team is None or repo.id not in team.repos:
            raise Problem(
                422, "Reviews may only be requested from collaborators. One or more of the users or teams you "
                f"specified is not a collaborator of the {repo.full_name} repository."
            )  # fmt: skip
        teams.append(team)
    return users, teams


def _may_review(account: Account, repo: Repo) -> bool:
    if account.type != "User":
        return account.type == "Bot"  # such as Copilot's
    member = account.id in repo.owner.members or account.id in repo.collaborators
    return account is repo.owner or member or any(account.id in t.members for t in repo.owner.teams.values())


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", WRITE, status=201)
def request_reviewers(call: Request) -> JSON:
    users, teams = _named(call)
    acts.set_requested(call.world, call.pull, users, teams, call.me)
    return show.pull_simple(call.world, call.pull)


@route("DELETE", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", WRITE)
def remove_reviewers(call: Request) -> JSON:
    users, teams = _named(call)
    acts.remove_requested(call.world, call.pull, users, teams, call.me)
    return show.pull_simple(call.world, call.pull)


# --- merging ---


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", READ, status=204)
def is_merged(call: Request) -> None:
    if call.pull.merged_at is None:
        raise Problem(404, "Not Found")


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", ("contents", "write"))
def merge(call: Request) -> JSON:
    pull, body = call.pull, call.body
    if body.get("sha") and body["sha"] != pull.head_sha:
        raise Problem(409, "Head branch was modified. Review and try the merge again.")
    sha = merge_pull(
        call.world, pull, call.me, body.get("merge_method") or "merge", body.get("commit_title"),
        body.get("commit_message"), by_actions=call.actor.kind == "actions",
    )  # fmt: skip
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
