"""Test handle for a user who acts with their own token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from tests.github.client.base import JSON, Wire
from tests.github.client.http import Answer
from tests.github.client.issue import Issue
from tests.github.client.pull import Pull
from tests.github.client.repo import Repo


class User:
    def __init__(self, wire: Wire, said: JSON) -> None:
        self.wire = wire
        self.id: int = said["id"]
        self.login: str = said["login"]
        self.name: str = said["name"]
        self.email: str = said["email"]
        self.token: str = said["token"]

    def __repr__(self) -> str:
        return f"User({self.login})"

    def rest(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return self.wire.rest(method, path, self.token, body, headers)

    def must(self, method: str, path: str, body: Any = None) -> Any:
        return self.wire.must(method, path, self.token, body)

    def git_url(self, repo: Repo) -> str:
        return repo.clone_url(self.token)

    # --- pull requests ---

    def open_pull(
        self, repo: Repo, head: str, base: str = "main", title: str = "A change", body: str = "",
        labels: Iterable[str] = (), draft: bool = False,
    ) -> Pull:  # fmt: skip
        said = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
        pull = Pull(repo, self.must("POST", f"{repo.path}/pulls", said)["number"])
        if labels:
            self.label(pull, *labels)
        return pull

    def edit_pull(self, pull: Pull, **changes: Any) -> JSON:
        said: JSON = self.must("PATCH", pull.path, changes)
        return said

    def close(self, pull: Pull) -> None:
        self.edit_pull(pull, state="closed")

    def reopen(self, pull: Pull) -> None:
        self.edit_pull(pull, state="open")

    def merge(self, pull: Pull, method: str = "merge") -> str:
        return str(self.must("PUT", f"{pull.path}/merge", {"merge_method": method})["sha"])

    def review(self, pull: Pull, event: str = "APPROVE", body: str = "", commit_id: str | None = None) -> JSON:
        said = {"event": event, "body": body or ("" if event == "APPROVE" else "See above.")}
        if commit_id:
            said["commit_id"] = commit_id
        made: JSON = self.must("POST", f"{pull.path}/reviews", said)
        return made

    def dismiss_review(self, pull: Pull, review_id: int, message: str = "Out of date") -> JSON:
        said: JSON = self.must("PUT", f"{pull.path}/reviews/{review_id}/dismissals", {"message": message})
        return said

    def request_review(self, pull: Pull, users: Iterable[User | str] = (), teams: Iterable[str] = ()) -> None:
        self.must("POST", f"{pull.path}/requested_reviewers", _asked(users, teams))

    def unrequest_review(self, pull: Pull, users: Iterable[User | str] = (), teams: Iterable[str] = ()) -> None:
        self.must("DELETE", f"{pull.path}/requested_reviewers", _asked(users, teams))

    def _act(self, pull: Pull, what: str) -> Any:
        return self.wire.sim("act", repo=pull.repo.full_name, number=pull.number, what=what, login=self.login)

    def convert_to_draft(self, pull: Pull) -> None:
        self._act(pull, "convert_to_draft")

    def ready_for_review(self, pull: Pull) -> None:
        self._act(pull, "ready_for_review")

    def enable_auto_merge(self, pull: Pull) -> None:
        self._act(pull, "enable_auto_merge")

    def enqueue(self, pull: Pull) -> str:
        return str(self._act(pull, "enqueue"))

    def dequeue(self, pull: Pull) -> None:
        self._act(pull, "dequeue")

    def merge_queued(self, pull: Pull) -> None:
        """Let the merge queue merge its first pull request, as once the checks of its group have passed."""
        self._act(pull, "merge_queued")

    # --- issues ---

    def label(self, pull: Pull | Issue, *names: str) -> None:
        self.must("POST", f"{pull.repo.path}/issues/{pull.number}/labels", {"labels": list(names)})

    def unlabel(self, pull: Pull | Issue, name: str) -> None:
        self.must("DELETE", f"{pull.repo.path}/issues/{pull.number}/labels/{quote(name, safe='')}")

    def comment(self, pull: Pull | Issue, text: str) -> JSON:
        made: JSON = self.must("POST", f"{pull.repo.path}/issues/{pull.number}/comments", {"body": text})
        return made

    def edit_comment(self, pull: Pull | Issue, comment_id: int, text: str) -> JSON:
        said: JSON = self.must("PATCH", f"{pull.repo.path}/issues/comments/{comment_id}", {"body": text})
        return said

    def delete_comment(self, pull: Pull | Issue, comment_id: int) -> None:
        self.must("DELETE", f"{pull.repo.path}/issues/comments/{comment_id}")

    def open_issue(self, repo: Repo, title: str, body: str = "", labels: Iterable[str] = ()) -> JSON:
        said = {"title": title, "body": body, "labels": list(labels)}
        made: JSON = self.must("POST", f"{repo.path}/issues", said)
        return made

    def report(self, repo: Repo, title: str, body: str = "", labels: Iterable[str] = ("incident",)) -> Issue:
        """Open an issue, by default with the label `incident`."""
        return Issue(repo, self.open_issue(repo, title, body, labels)["number"])

    def reopen_issue(self, repo: Repo, number: int) -> None:
        self.must("PATCH", f"{repo.path}/issues/{number}", {"state": "open"})

    def close_issue(self, repo: Repo, number: int) -> None:
        self.must("PATCH", f"{repo.path}/issues/{number}", {"state": "closed"})

    def delete_issue(self, issue: Issue) -> None:
        self.wire.sim("delete_issue", repo=issue.repo.full_name, number=issue.number, login=self.login)

    def convert(self, issue: Issue) -> None:
        """Convert an issue to a discussion."""
        self.wire.sim("convert_issue", repo=issue.repo.full_name, number=issue.number, login=self.login)

    def transfer(self, issue: Issue, to: Repo) -> Issue:
        """Transfer an issue to another repository and return it there."""
        number = self.wire.sim(
            "transfer_issue", repo=issue.repo.full_name, number=issue.number, login=self.login, to=to.full_name
        )
        return Issue(to, number)

    def lock(self, issue: Issue, locked: bool = True) -> None:
        self.wire.sim("lock_issue", repo=issue.repo.full_name, number=issue.number, login=self.login, locked=locked)

    # --- checks, deployments, forks ---

    def rerequest(self, repo: Repo, check_run_id: int) -> None:
        self.wire.sim("rerequest", repo=repo.full_name, login=self.login, run=check_run_id)

    def rerequest_suite(self, repo: Repo, suite_id: int) -> None:
        self.wire.sim("rerequest", repo=repo.full_name, login=self.login, suite=suite_id)

    def press(self, repo: Repo, check_run_id: int, identifier: str) -> None:
        self.wire.sim("press", repo=repo.full_name, login=self.login, run=check_run_id, identifier=identifier)

    def deploy(
        self, repo: Repo, ref: str, environment: str = "production", state: str | None = "success", **more: Any
    ) -> JSON:
        said = {"ref": ref, "environment": environment, "auto_merge": False, "required_contexts": [], **more}
        made: JSON = self.must("POST", f"{repo.path}/deployments", said)
        if state is not None:
            self.deployment_status(repo, made["id"], state)
        return made

    def deployment_status(self, repo: Repo, deployment_id: int, state: str, **more: Any) -> JSON:
        said = {"state": state, **more}
        made: JSON = self.must("POST", f"{repo.path}/deployments/{deployment_id}/statuses", said)
        return made

    def fork(self, repo: Repo) -> Repo:
        made = self.wire.sim("fork", repo=repo.full_name, login=self.login)
        return Repo(self.wire, made["full_name"], repo.token)


def _asked(users: Iterable[User | str], teams: Iterable[str]) -> JSON:
    return {
        "reviewers": [user if isinstance(user, str) else user.login for user in users],
        "team_reviewers": list(teams),
    }
