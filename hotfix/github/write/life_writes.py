"""Make the writes in an incident's plan; one that GitHub refuses is reported, and the others are still made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.write.pull import comments, start_hotfix
from hotfix.github.write.rollout import back_merge_pulls, workflow_runs
from hotfix.life.incident_life import Life
from hotfix.life.reconcile.writes import (
    AssignIssue,
    ChangeLabels,
    ClosePull,
    DeleteBranch,
    DispatchRun,
    EditComment,
    EditIssue,
    HideComment,
    OpenIssue,
    PostComment,
    React,
    RequestReview,
    SetIssueState,
    StartHotfix,
    Write,
)
from hotfix.life.words import command_answers, markers
from hotfix.text import durations

ISSUE = "/repos/{repo}/issues/{number}"
_LASTING = (RequestRefused, NotFound, NotPermitted)
"""Errors that a retry would not resolve."""


class LifeWriter:
    """Makes the writes of one run. `problems` lists what GitHub refused."""

    def __init__(self, client: Client, life: Life) -> None:
        self.client, self.life = client, life
        self.repo, self.number = life.record.repo, life.record.number
        self.problems: list[str] = []
        self.made = 0
        self._failed: dict[int, str] = {}
        """Comment ID -> why its command failed."""
        self._ours: list[Mapping[str, Any]] | None = None

    def apply(self, writes: Iterable[Write]) -> None:
        """Make the writes in order. Raises TransientError; the remaining writes are made by the next run."""
        for write in writes:
            make: Callable[[Any], None] = self._MAKE[type(write)].__get__(self)
            try:
                make(write)
                self.made += 1
            except _LASTING as error:
                self.problems.append(f"{type(write).__name__}: {error}")

    def _post(self, write: PostComment) -> None:
        self.client.post(f"{ISSUE}/comments", {"body": write.body}, repo=self.repo, number=write.place)

    def _edit(self, write: EditComment) -> None:
        self.client.patch("/repos/{repo}/issues/comments/{id}", {"body": write.body}, repo=self.repo, id=write.id)

    def _hide(self, write: HideComment) -> None:
        mutation = (
            "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED})"
            " { minimizedComment { isMinimized } } }"
        )
        self.client.graphql(mutation, {"id": write.node})

    def _react(self, write: React) -> None:
        why = self._failed.get(write.comment)
        comments.react(self.client, self.repo, write.comment, "confused" if why else write.content)

    def _label(self, write: ChangeLabels) -> None:
        if write.add:
            self.client.post(f"{ISSUE}/labels", {"labels": list(write.add)}, repo=self.repo, number=write.number)
        for label in write.remove:
            try:
                self.client.delete(f"{ISSUE}/labels/{{label}}", repo=self.repo, number=write.number, label=label)
            except NotFound:
                continue  # already removed

    def _assign(self, write: AssignIssue) -> None:
        route = f"{ISSUE}/assignees"
        if write.add:
            self.client.post(route, {"assignees": list(write.add)}, repo=self.repo, number=write.number)
        if write.remove:
            self.client.delete(route, {"assignees": list(write.remove)}, repo=self.repo, number=write.number)

    def _open_issue(self, write: OpenIssue) -> None:
        """Open a sub-issue, reusing an issue that an interrupted run created but did not link."""
        issue = self._unlinked(write.marker)
        if issue is None:
            body: dict[str, Any] = {"title": write.title, "body": write.body, "labels": list(write.labels)}
            body |= {"assignees": list(write.assignees)} if write.assignees else {}
            try:
                issue = self.client.post("/repos/{repo}/issues", body, repo=self.repo)
            except RequestRefused:  # such as an assignee who left
                body.pop("assignees", None)
                issue = self.client.post("/repos/{repo}/issues", body, repo=self.repo)
        self.client.post(f"{ISSUE}/sub_issues", {"sub_issue_id": issue["id"]}, repo=self.repo, number=self.number)

    def _unlinked(self, marker: str) -> Mapping[str, Any] | None:
        """Return this incident's issue with the marker that is not a sub-issue yet; None if there is none."""
        if self._ours is None:
            since = durations.timestamp(self.life.course.declared_at)
            params = {"state": "all", "since": since, "sort": "created", "direction": "desc", "per_page": 100}
            found = self.client.get("/repos/{repo}/issues", params=params, repo=self.repo)
            mine = markers.of_incident(self.number)
            self._ours = [issue for issue in found if self._is_ours(issue) and mine in (issue["body"] or "")]
        there = {issue.number for issue in self.life.record.sub_issues}
        hidden = markers.marker(marker)
        return next((i for i in self._ours if hidden in i["body"] and i["number"] not in there), None)

    def _is_ours(self, issue: Mapping[str, Any]) -> bool:
        app = self.client.app_id
        return app is None or (issue.get("performed_via_github_app") or {}).get("id") == app

    def _edit_issue(self, write: EditIssue) -> None:
        self.client.patch(ISSUE, {"body": write.body}, repo=self.repo, number=write.number)

    def _set_state(self, write: SetIssueState) -> None:
        state = {"state": "open"} if write.open else {"state": "closed", "state_reason": "completed"}
        self.client.patch(ISSUE, state, repo=self.repo, number=write.number)

    def _close_pull(self, write: ClosePull) -> None:
        self.client.patch("/repos/{repo}/pulls/{number}", {"state": "closed"}, repo=self.repo, number=write.number)

    def _delete_branch(self, write: DeleteBranch) -> None:
        back_merge_pulls.delete_branch(self.client, self.repo, write.name, write.sha)

    def _request_review(self, write: RequestReview) -> None:
        route = "/repos/{repo}/pulls/{number}/requested_reviewers"
        self.client.post(route, {"reviewers": [write.login]}, repo=self.repo, number=write.number)

    def _start(self, write: StartHotfix) -> None:
        command = write.command
        try:
            done = start_hotfix.start(self.client, self.repo, self.life.course, command.request.target)
        except (start_hotfix.CannotStart, *_LASTING) as error:
            self._refuse(command.id, command.place, f"the hotfix could not be started: {error}")
            return
        self._answer(
            command.id, command.place, command_answers.started(done.branch, done.number, done.spec_path, done.tag)
        )

    def _dispatch(self, write: DispatchRun) -> None:
        """Dispatch a workflow once per command: a run that started after the command is assumed to be its own."""
        command, client = write.command, self.client
        if workflow_runs.started_since(client, self.repo, write.workflow, command.at):
            return
        default, pull = self.life.record.default_branch, self.life.course.pull
        try:
            if write.tag or command.request.name == "rollback":
                inputs = {"to": write.tag} if write.tag else {}
                workflow_runs.dispatch(client, self.repo, write.workflow, default, inputs)
            elif pull:
                section = self.life.course.policy.production
                workflow_runs.dispatch_head(
                    client, self.repo, write.workflow, pull.branch, default, pull.head,
                    environments=(section.staging, section.environment),
                )  # fmt: skip
        except _LASTING as error:
            self._refuse(command.id, command.place, f"{write.workflow} could not be started: {error}")

    def _refuse(self, comment: int, place: int, why: str) -> None:
        self._failed[comment] = why
        self._answer(comment, place, command_answers.refused(why))

    def _answer(self, comment: int, place: int, text: str) -> None:
        marker = f"answer {comment}"
        if not any(post.marker == marker for post in self.life.record.posts):
            self._post(PostComment(place=place, marker=marker, body=command_answers.answer(comment, [text])))

    _MAKE: Mapping[type, Any] = {
        PostComment: _post,
        EditComment: _edit,
        HideComment: _hide,
        React: _react,
        ChangeLabels: _label,
        AssignIssue: _assign,
        OpenIssue: _open_issue,
        EditIssue: _edit_issue,
        SetIssueState: _set_state,
        ClosePull: _close_pull,
        DeleteBranch: _delete_branch,
        RequestReview: _request_review,
        StartHotfix: _start,
        DispatchRun: _dispatch,
    }
