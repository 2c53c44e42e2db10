"""Routes of issues, and those they share with pull requests: labels, comments, assignees, reactions."""

from __future__ import annotations

from operator import attrgetter

from tests.github.server import acts, events
from tests.github.server.auth import holds, role_of
from tests.github.server.clock import iso
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.show import issues as show
from tests.github.server.show import people
from tests.github.server.state import JSON, Comment, Event, Issue, Label, Reaction, at_least

MOST_SUB_ISSUES = 100
READ = (("issues", "read"), ("pull_requests", "read"))
WRITE = (("issues", "write"), ("pull_requests", "write"))


@route("GET", "/repos/{owner}/{repo}/issues", *READ)
def list_issues(call: Request) -> Answer:
    query = call.query
    found = list(call.repo.issues.values())
    state = query.get("state", "open")
    if state != "all":
        found = [i for i in found if i.state == state]
    for name in filter(None, query.get("labels", "").split(",")):
        found = [i for i in found if any(each.name.casefold() == name.casefold() for each in i.labels)]
    if "creator" in query:
        found = [i for i in found if i.user.login.casefold() == query["creator"].casefold()]
    if "since" in query:
        found = [i for i in found if iso(i.updated_at) >= query["since"]]
    moment = attrgetter("updated_at" if query.get("sort") == "updated" else "created_at")
    found = sorted(found, key=lambda i: (moment(i), i.number), reverse=query.get("direction", "desc") == "desc")
    return call.listed(found, lambda i: show.issue(call.world, i))


@route("POST", "/repos/{owner}/{repo}/issues", ("issues", "write"), role="pull", status=201)
def create_issue(call: Request) -> JSON:
    call.need("title", resource="Issue")
    issue = acts.new_issue(
        call.world, call.repo, call.me, str(call.body["title"]), call.body.get("body"), call.actor.via_app
    )
    events.issue(call.world, issue, "opened", call.me)
    for name in call.body.get("labels") or []:
        acts.add_label(call.world, issue, name if isinstance(name, str) else name["name"], call.me)
    _assign(call, issue, call.body.get("assignees") or [])
    return show.full_issue(call.world, issue)


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}", *READ)
def get_issue(call: Request) -> JSON:
    return show.full_issue(call.world, call.issue)


@route("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}", *WRITE, role="pull")
def edit_issue(call: Request) -> JSON:
    issue, body = call.issue, call.body
    changes = acts.edit_words(call.world, issue, body, call.me)
    if "labels" in body:
        _replace_labels(call, issue, [n if isinstance(n, str) else n["name"] for n in body["labels"]])
    if "assignees" in body:
        issue.assignees = []
        _assign(call, issue, body["assignees"])
    if changes:
        issue.updated_at = call.world.clock.now()
        issue.editor = call.me if "body" in changes else issue.editor
        if issue.pull:
            events.pull(call.world, issue.pull, "edited", call.me, changes=changes)
        else:
            events.issue(call.world, issue, "edited", call.me, changes=changes)
    if body.get("state") and body["state"] != issue.state:
        _turn(call, issue, body["state"])
    return show.full_issue(call.world, issue)


def _turn(call: Request, issue: Issue, state: str) -> None:
    if issue.pull and state == "closed":
        acts.close_pull(call.world, issue.pull, call.me)
        return
    if issue.pull:
        issue.state, issue.closed_at, issue.closed_by, issue.state_reason = "open", None, None, "reopened"
        acts.note(call.world, issue, "reopened", call.me)
        events.pull(call.world, issue.pull, "reopened", call.me)
        return
    acts.set_issue_state(call.world, issue, state, call.me, call.body.get("state_reason"))


# --- labels ---


def _label(call: Request, name: str) -> Label:
    found = call.repo.labels.get(name.casefold())
    if found is None:
        raise Problem(404, "Not Found")
    return found


@route("GET", "/repos/{owner}/{repo}/labels", *READ)
def list_labels(call: Request) -> Answer:
    return call.listed(list(call.repo.labels.values()), lambda one: show.label(call.world, call.repo, one))


@route("POST", "/repos/{owner}/{repo}/labels", *WRITE, status=201)
def create_label(call: Request) -> JSON:
    call.need("name", resource="Label")
    name = call.body["name"]
    if name.casefold() in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    label = acts.label_named(call.world, call.repo, name)
    label.color = call.body.get("color") or label.color
    label.description = call.body.get("description")
    shown = show.label(call.world, call.repo, label)
    events.emit(call.world, call.repo, "label", {"action": "created", "label": shown}, call.me)
    return shown


@route("GET", "/repos/{owner}/{repo}/labels/{name}", *READ)
def get_label(call: Request) -> JSON:
    return show.label(call.world, call.repo, _label(call, call.params["name"]))


@route("PATCH", "/repos/{owner}/{repo}/labels/{name}", *WRITE)
def edit_label(call: Request) -> JSON:
    label = _label(call, call.params["name"])
    if call.body.get("new_name"):
        call.repo.labels.pop(label.name.casefold())
        label.name = call.body["new_name"]
        call.repo.labels[label.name.casefold()] = label
    label.color = call.body.get("color") or label.color
    label.description = call.body.get("description", label.description)
    return show.label(call.world, call.repo, label)


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels", *READ)
def issue_labels(call: Request) -> Answer:
    return call.listed(call.issue.labels, lambda one: show.label(call.world, call.repo, one))


def _names(call: Request) -> list[str]:
    given = call.body.get("labels", call.body if isinstance(call.body, list) else [])
    return [name if isinstance(name, str) else name["name"] for name in given]


def _shown_labels(call: Request) -> list[JSON]:
    return [show.label(call.world, call.repo, one) for one in call.issue.labels]


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", *WRITE, role="triage")
def add_labels(call: Request) -> list[JSON]:
    token = call.actor.token
    limited = token is not None and token.kind in ("actions", "installation") and not holds(token, "issues", "write")
    for name in _names(call):
        if limited and name.casefold() not in call.repo.labels:
            raise Problem(403, "You do not have permission to create labels on this repository.")
        acts.add_label(call.world, call.issue, name, call.me)
    return _shown_labels(call)


def _replace_labels(call: Request, issue: Issue, names: list[str]) -> None:
    wanted = {name.casefold() for name in names}
    for label in [one for one in issue.labels if one.name.casefold() not in wanted]:
        acts.remove_label(call.world, issue, label, call.me)
    for name in names:
        acts.add_label(call.world, issue, name, call.me)


@route("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels", *WRITE, role="triage")
def set_labels(call: Request) -> list[JSON]:
    _replace_labels(call, call.issue, _names(call))
    return _shown_labels(call)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", *WRITE, role="triage")
def remove_label(call: Request) -> list[JSON]:
    wanted = call.params["name"].casefold()
    label = next((one for one in call.issue.labels if one.name.casefold() == wanted), None)
    if label is None:
        raise Problem(404, "Label does not exist")
    acts.remove_label(call.world, call.issue, label, call.me)
    return _shown_labels(call)


# --- comments ---


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", *READ)
def list_comments(call: Request) -> Answer:
    issue = call.issue
    return call.listed(issue.comments, lambda c: show.comment(call.world, issue, c))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", *WRITE, role="pull", status=201)
def create_comment(call: Request) -> JSON:
    call.need("body", resource="IssueComment")
    issue, now = call.issue, call.world.clock.now()
    if len(call.body["body"]) > 65_536:
        raise invalid("IssueComment", "data", "unprocessable", "Body is too long (maximum is 65536 characters)")
    if issue.locked and call.actor.via_app:
        raise Problem(403, "Unable to create comment because issue is locked.")
    comment = Comment(call.world.new_id(), call.me, call.body["body"], now, now, app=call.actor.via_app)
    issue.comments.append(comment)
    issue.updated_at = now
    acts.note(call.world, issue, "commented", call.me, comment=comment)
    events.comment(call.world, issue, comment, "created", call.me)
    return show.comment(call.world, issue, comment)


def _comment(call: Request) -> tuple[Issue, Comment]:
    wanted = call.number("comment_id")
    for issue in call.repo.issues.values():
        for comment in issue.comments:
            if comment.id == wanted:
                return issue, comment
    raise Problem(404, "Not Found")


def _own(call: Request, comment: Comment) -> None:
    if comment.user is not call.me and not at_least(role_of(call.me, call.repo), "push") and not call.actor.via_app:
        raise Problem(403, "Must have admin rights to Repository.")


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", *READ)
def get_comment(call: Request) -> JSON:
    return show.comment(call.world, *_comment(call))


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", *WRITE, role="pull")
def edit_comment(call: Request) -> JSON:
    issue, comment = _comment(call)
    _own(call, comment)
    call.need("body", resource="IssueComment")
    before, comment.body = comment.body, call.body["body"]
    comment.updated_at, comment.editor = call.world.clock.now(), call.me
    events.comment(call.world, issue, comment, "edited", call.me, changes={"body": {"from": before}})
    return show.comment(call.world, issue, comment)


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", *WRITE, role="pull", status=204)
def delete_comment(call: Request) -> None:
    issue, comment = _comment(call)
    _own(call, comment)
    issue.comments.remove(comment)
    events.comment(call.world, issue, comment, "deleted", call.me)


def _react(call: Request, found: list[Reaction]) -> Answer:
    content = call.body.get("content")
    if content not in show.CONTENTS:
        raise invalid("Reaction", "content")
    old = next((r for r in found if r.user is call.me and r.content == content), None)
    if old is None:
        found.append(Reaction(call.world.new_id(), call.me, content, call.world.clock.now()))
    return Answer(200 if old else 201, show.reaction(call.world, old or found[-1]))


@route("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", *WRITE, role="pull")
def react_to_comment(call: Request) -> Answer:
    return _react(call, _comment(call)[1].reactions)


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", *READ)
def comment_reactions(call: Request) -> Answer:
    return call.listed(_comment(call)[1].reactions, lambda r: show.reaction(call.world, r))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/reactions", *WRITE, role="pull")
def react_to_issue(call: Request) -> Answer:
    return _react(call, call.issue.reactions)


# --- sub-issues ---


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/sub_issues", *READ)
def list_sub_issues(call: Request) -> Answer:
    return call.listed(call.issue.sub_issues, lambda i: show.issue(call.world, i))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/sub_issues", ("issues", "write"), role="triage", status=201)
def add_sub_issue(call: Request) -> JSON:
    """Add a sub-issue; `sub_issue_id` is the issue's ID, not its number."""
    parent, wanted = call.issue, call.body.get("sub_issue_id")
    child = next((i for i in call.repo.issues.values() if i.id == wanted and i.pull is None), None)
    if child is None:
        raise Problem(404, "The provided sub-issue does not exist")
    if child.parent is not None and not call.body.get("replace_parent"):
        raise Problem(422, "An error occurred while adding the sub-issue to the parent issue. Issue may not contain "
                      "duplicate sub-issues and Sub issue may only have one parent")  # fmt: skip
    if len(parent.sub_issues) >= MOST_SUB_ISSUES:
        raise Problem(422, f"Parent cannot have more than {MOST_SUB_ISSUES} sub-issues")
    if child.parent is not None:
        child.parent.sub_issues.remove(child)
    child.parent = parent
    parent.sub_issues.append(child)
    events.sub_issue(call.world, parent, child, call.me)
    return show.issue(call.world, child)


# --- assignees, timeline ---


def _assign(call: Request, issue: Issue, logins: list[str]) -> None:
    for login in logins:
        account = call.world.accounts.get(login.casefold())
        if account is None or account in issue.assignees or not at_least(role_of(account, call.repo), "pull"):
            continue
        issue.assignees.append(account)
        acts.note(call.world, issue, "assigned", call.me, assignee=account)
        shown = people.user(call.world, account)
        if issue.pull:
            events.pull(call.world, issue.pull, "assigned", call.me, assignee=shown)
        else:
            events.issue(call.world, issue, "assigned", call.me, assignee=shown)


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/assignees", *WRITE, status=201)
def add_assignees(call: Request) -> JSON:
    _assign(call, call.issue, call.body.get("assignees") or [])
    return show.issue(call.world, call.issue)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/assignees", *WRITE)
def remove_assignees(call: Request) -> JSON:
    gone = {login.casefold() for login in call.body.get("assignees") or []}
    for account in [a for a in call.issue.assignees if a.login.casefold() in gone]:
        call.issue.assignees.remove(account)
        acts.note(call.world, call.issue, "unassigned", call.me, assignee=account)
    return show.issue(call.world, call.issue)


@route("GET", "/repos/{owner}/{repo}/assignees/{assignee}", *READ, status=204)
def can_be_assigned(call: Request) -> None:
    account = call.world.accounts.get(call.params["assignee"].casefold())
    if account is None or account.deleted or not at_least(role_of(account, call.repo), "pull"):
        raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/events", *READ)
def list_events(call: Request) -> Answer:
    found = [e for e in call.issue.timeline if e.kind not in ("commented", "reviewed")]
    return call.listed(found, lambda e: _event(call, e))


def _event(call: Request, event: Event) -> JSON:
    where = f"{call.world.api_url}/repos/{call.repo.full_name}/issues/events/{event.id}"
    shown: JSON = {
        "id": event.id,
        "node_id": f"EVT_{event.id}",
        "url": where,
        "actor": people.user(call.world, event.actor),
        "event": event.kind,
        "commit_id": event.detail.get("commit_id"),
        "commit_url": None,
        "created_at": iso(event.at),
        "performed_via_github_app": None,
    }
    if "label" in event.detail:
        label = event.detail["label"]
        shown["label"] = {"name": label.name, "color": label.color}
    if "requester" in event.detail:
        shown["review_requester"] = people.user(call.world, event.detail["requester"])
        if "reviewer" in event.detail:
            shown["requested_reviewer"] = people.user(call.world, event.detail["reviewer"])
        if "team" in event.detail:
            shown["requested_team"] = people.team(call.world, event.detail["team"])
    return shown
