"""Make the writes in an incident's plan; one that GitHub refuses is reported, and the others are still made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused
from hotfix.github.write.pull import comments, start_hotfix
from hotfix.github.write.rollout import back_merge_pulls, workflow_runs
from hotfix.life.incident_life import Life
from hotfix.life.reconcile import writes
from hotfix.life.record import GivenCommand
from hotfix.life.words import command_answers, markers
from hotfix.text import durations

ISSUE = "/repos/{repo}/issues/{number}"
PULL = "/repos/{repo}/pulls/{number}"
_HIDE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } }
}
"""
_LASTING = (RequestRefused, NotFound, NotPermitted)
"""Errors that a retry would not resolve."""


class LifeWriter:
    """Makes the writes of one run. `problems` lists what GitHub refused."""

    def __init__(self, client: Client, life: Life) -> None:
        self.client, self.life = client, life
        self.repo, self.number = life.record.repo, life.record.number
        self.problems: list[str] = []
        self.made = 0
        self._failed: set[int] = set()
        """The comments whose command failed."""
        self._ours: list[Mapping[str, Any]] | None = None

    def apply(self, planned: Iterable[writes.Write]) -> None:
        """Make the writes in order. Raises TransientError; the remaining writes are made by the next run."""
        for write in planned:
            try:
                self._make(write)
                self.made += 1
            except _LASTING as error:
                self.problems.append(f"{type(write).__name__}: {error}")

    def _make(self, write: writes.Write) -> None:
        client, repo = self.client, self.repo
        match write:
            case writes.PostComment():
                client.post(f"{ISSUE}/comments", {"body": write.body}, repo=repo, number=write.place)
            case writes.EditComment():
                client.patch("/repos/{repo}/issues/comments/{id}", {"body": write.body}, repo=repo, id=write.id)
            case writes.HideComment():
                client.graphql(_HIDE, {"id": write.node})
            case writes.React():
                failed = write.comment in self._failed
                comments.react(client, repo, write.comment, "confused" if failed else write.content)
            case writes.ChangeLabels():
                self._label(write)
            case writes.AssignIssue():
                route = f"{ISSUE}/assignees"
                if write.add:
                    client.post(route, {"assignees": list(write.add)}, repo=repo, number=write.number)
                if write.remove:
                    client.delete(route, {"assignees": list(write.remove)}, repo=repo, number=write.number)
            case writes.OpenIssue():
                self._open_issue(write)
            case writes.EditIssue():
                client.patch(ISSUE, {"body": write.body}, repo=repo, number=write.number)
            case writes.SetIssueState():
                state = {"state": "open"} if write.open else {"state": "closed", "state_reason": "completed"}
                client.patch(ISSUE, state, repo=repo, number=write.number)
            case writes.ClosePull():
                client.patch(PULL, {"state": "closed"}, repo=repo, number=write.number)
            case writes.DeleteBranch():
                back_merge_pulls.delete_branch(client, repo, write.name, write.sha)
            case writes.RequestReview():
                client.post(f"{PULL}/requested_reviewers", {"reviewers": [write.login]}, repo=repo, number=write.number)
            case writes.StartHotfix():
                self._start(write)
            case writes.DispatchRun():
                self._dispatch(write)
            case _:
                assert_never(write)

    def _label(self, write: writes.ChangeLabels) -> None:
        if write.add:
            self.client.post(f"{ISSUE}/labels", {"labels": list(write.add)}, repo=self.repo, number=write.number)
        for label in write.remove:
            with contextlib.suppress(NotFound):  # already removed
                self.client.delete(f"{ISSUE}/labels/{{label}}", repo=self.repo, number=write.number, label=label)

    def _open_issue(self, write: writes.OpenIssue) -> None:
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
            since = durations.timestamp(self.life.incident.declared_at)
            params = {"state": "all", "since": since, "sort": "created", "direction": "desc", "per_page": 100}
            found = self.client.get("/repos/{repo}/issues", params=params, repo=self.repo)
            mine = markers.of_incident(self.number)
            self._ours = [
                issue for issue in found if comments.is_ours(self.client, issue) and mine in (issue["body"] or "")
            ]
        there = {issue.number for issue in self.life.record.sub_issues}
        hidden = markers.marker(marker)
        return next((i for i in self._ours if hidden in i["body"] and i["number"] not in there), None)

    def _start(self, write: writes.StartHotfix) -> None:
        command = write.command
        try:
            done = start_hotfix.start(self.client, self.repo, self.life.incident, command.request.target)
        except (start_hotfix.CannotStart, *_LASTING) as error:
            self._refuse(command, f"the hotfix could not be started: {error}")
            return
        self._answer(command, command_answers.started(done.branch, done.number, done.spec_path, done.tag))

    def _dispatch(self, write: writes.DispatchRun) -> None:
        """Dispatch a workflow once per command: a run that started after the command is assumed to be its own."""
        command, client = write.command, self.client
        if workflow_runs.started_since(client, self.repo, write.workflow, command.at):
            return
        default, pull = self.life.record.default_branch, self.life.incident.pull
        try:
            if write.tag or command.request.name == "rollback":
                inputs = {"to": write.tag} if write.tag else {}
                workflow_runs.dispatch(client, self.repo, write.workflow, default, inputs)
            elif pull:
                section = self.life.incident.policy.production
                workflow_runs.dispatch_head(
                    client, self.repo, write.workflow, pull.branch, default, pull.head,
                    environments=(section.staging, section.environment),
                )  # fmt: skip
        except _LASTING as error:
            self._refuse(command, f"{write.workflow} could not be started: {error}")

    def _refuse(self, command: GivenCommand, why: str) -> None:
        self._failed.add(command.id)
        self._answer(command, command_answers.refused(why))

    def _answer(self, command: GivenCommand, text: str) -> None:
        marker = f"answer {command.id}"
        if not any(post.marker == marker for post in self.life.record.posts):
            body = command_answers.answer(command.id, [text])
            self._make(writes.PostComment(place=command.place, marker=marker, body=body))
