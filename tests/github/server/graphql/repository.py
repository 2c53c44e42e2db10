"""Views of repositories."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.github.server.auth import role_of
from tests.github.server.clock import iso, iso_or_none
from tests.github.server.graphql import branch_rules
from tests.github.server.graphql.context import JSON, Context, Refused, View, actor_view, connection, directed
from tests.github.server.graphql.deployments import Release, deployments, latest_release
from tests.github.server.graphql.git import Ref, any_object, object_at, tagged_at
from tests.github.server.graphql.pull import Issue, PullRequest, label_view, pull_state
from tests.github.server.repository.git import is_sha
from tests.github.server.state import Repo, at_least

PERMISSIONS = {"pull": "READ", "triage": "TRIAGE", "push": "WRITE", "maintain": "MAINTAIN", "admin": "ADMIN"}


class Repository(View):
    typename = "Repository"

    def __init__(self, context: Context, repo: Repo) -> None:
        super().__init__(context)
        self._repo = repo
        self.id = repo.node_id
        self.databaseId = repo.id
        self.name = repo.name
        self.nameWithOwner = repo.full_name
        self.description = repo.description
        self.isPrivate = repo.private
        self.isFork = repo.parent is not None
        self.isArchived = bool(repo.settings.get("archived"))
        self.isDisabled = False
        self.hasIssuesEnabled = bool(repo.settings.get("has_issues", True))
        self.isEmpty = not repo.git.refs
        self.createdAt = iso(repo.created_at)
        self.pushedAt = iso_or_none(repo.pushed_at)
        self.updatedAt = self.pushedAt or self.createdAt
        self.visibility = "PRIVATE" if repo.private else "PUBLIC"
        self.resourcePath = f"/{repo.full_name}"
        self.url = self._world.url + self.resourcePath
        self.autoMergeAllowed = bool(repo.settings.get("allow_auto_merge"))
        self.deleteBranchOnMerge = bool(repo.settings.get("delete_branch_on_merge"))
        self.mergeCommitAllowed = bool(repo.settings.get("allow_merge_commit", True))
        self.squashMergeAllowed = bool(repo.settings.get("allow_squash_merge", True))
        self.rebaseMergeAllowed = bool(repo.settings.get("allow_rebase_merge", True))

    @property
    def owner(self) -> View | None:
        return actor_view(self._context, self._repo.owner)

    @property
    def parent(self) -> View | None:
        return Repository(self._context, self._repo.parent) if self._repo.parent else None

    @property
    def viewerPermission(self) -> str | None:
        return PERMISSIONS.get(role_of(self._context.actor.account, self._repo))

    @property
    def defaultBranchRef(self) -> View | None:
        return self.ref(f"refs/heads/{self._repo.default_branch}")

    def mergeQueue(self, branch: str | None = None) -> JSON | None:
        name = branch or self._repo.default_branch
        return branch_rules.merge_queue(name, self._repo.protections.get(name))

    # --- git ---

    def ref(self, qualifiedName: str) -> View | None:
        self._context.need(self._repo, "contents")
        for name in (qualifiedName, f"refs/heads/{qualifiedName}", f"refs/tags/{qualifiedName}"):
            if name.startswith("refs/") and name in self._repo.git.refs:
                return Ref(self._context, self._repo, name)
        return None

    def refs(
        self, refPrefix: str, query: str | None = None, orderBy: JSON | None = None, direction: str | None = None,
        **page: Any,
    ) -> JSON:  # fmt: skip
        self._context.need(self._repo, "contents")
        prefix = refPrefix if refPrefix.endswith("/") else refPrefix + "/"
        names = sorted(name for name in self._repo.git.refs if name.startswith(prefix))
        if query:
            names = [name for name in names if query.casefold() in name.casefold()]
        if orderBy and orderBy["field"] == "TAG_COMMIT_DATE":
            names.sort(key=lambda n: (tagged_at(self._repo, n), n))
        if (orderBy and orderBy["direction"] == "DESC") or direction == "DESC":
            names.reverse()
        return connection(names, lambda name: Ref(self._context, self._repo, name), **page)

    def object(self, expression: str | None = None, oid: str | None = None) -> View | None:
        self._context.need(self._repo, "contents")
        if oid is not None and is_sha(oid):
            return any_object(self._context, self._repo, oid)
        return object_at(self._context, self._repo, expression) if expression else None

    # --- issues and pull requests ---

    def pullRequest(self, number: int) -> View:
        self._context.need(self._repo, "pull_requests")
        issue = self._repo.issues.get(number)
        if issue is None or issue.pull is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return PullRequest(self._context, issue.pull)

    def pullRequests(
        self, states: list[str] | None = None, labels: list[str] | None = None, headRefName: str | None = None,
        baseRefName: str | None = None, orderBy: JSON | None = None, **page: Any,
    ) -> JSON:  # fmt: skip
        self._context.need(self._repo, "pull_requests")
        found = [p for p in self._repo.pulls if not states or pull_state(p) in states]
        if labels:
            wanted = {name.casefold() for name in labels}
            found = [p for p in found if wanted & {label.name.casefold() for label in p.issue.labels}]
        found = [p for p in found if headRefName in (None, p.head_ref) and baseRefName in (None, p.base_ref)]
        updated = bool(orderBy) and orderBy is not None and orderBy["field"] == "UPDATED_AT"
        found = directed(found, orderBy, lambda p: (p.issue.updated_at if updated else p.issue.created_at, p.number))
        return connection(found, lambda p: PullRequest(self._context, p), **page)

    def issue(self, number: int) -> View:
        issue = self._repo.issues.get(number)
        if issue is None or issue.pull is not None:
            raise Refused("NOT_FOUND", f"Could not resolve to an Issue with the number of {number}.")
        return Issue(self._context, issue)

    def issueOrPullRequest(self, number: int) -> View:
        issue = self._repo.issues.get(number)
        if issue is None:
            raise Refused("NOT_FOUND", f"Could not resolve to an issue or pull request with the number of {number}.")
        return PullRequest(self._context, issue.pull) if issue.pull else Issue(self._context, issue)

    def issues(
        self, states: list[str] | None = None, labels: list[str] | None = None, orderBy: JSON | None = None,
        filterBy: JSON | None = None, **page: Any,
    ) -> JSON:  # fmt: skip
        self._context.need(self._repo, "issues")
        found = [i for i in self._repo.issues.values() if i.pull is None]
        if states:
            found = [i for i in found if i.state.upper() in states]
        if labels:
            wanted = {name.casefold() for name in labels}
            found = [i for i in found if wanted & {label.name.casefold() for label in i.labels}]
        if filterBy and (since := filterBy.get("since")):
            found = [i for i in found if iso(i.updated_at) >= iso(datetime.fromisoformat(str(since)))]
        found = directed(found, orderBy, lambda i: (i.created_at, i.number))
        return connection(found, lambda i: Issue(self._context, i), **page)

    def label(self, name: str) -> JSON | None:
        found = self._repo.labels.get(name.casefold())
        return label_view(self._repo, found) if found else None

    def labels(self, query: str | None = None, orderBy: JSON | None = None, **page: Any) -> JSON:
        return connection(list(self._repo.labels.values()), lambda one: label_view(self._repo, one), **page)

    # --- deployments, releases, people ---

    def deployments(self, environments: list[str] | None = None, orderBy: JSON | None = None, **page: Any) -> JSON:
        return deployments(self._context, self._repo, environments, orderBy, **page)

    @property
    def latestRelease(self) -> View | None:
        self._context.need(self._repo, "contents")
        found = latest_release(self._repo)
        return Release(self._context, self._repo, found) if found else None

    def release(self, tagName: str) -> View | None:
        found = next((r for r in self._repo.releases if r.tag == tagName), None)
        return Release(self._context, self._repo, found) if found else None

    def releases(self, orderBy: JSON | None = None, **page: Any) -> JSON:
        self._context.need(self._repo, "contents")
        found = directed(self._repo.releases, orderBy, lambda r: (r.created_at, r.id))
        return connection(found, lambda r: Release(self._context, self._repo, r), **page)

    def environment(self, name: str) -> JSON | None:
        found = self._repo.environments.get(name)
        return {"id": f"EN_{found.id}", "name": found.name, "databaseId": found.id} if found else None

    def collaborators(self, first: int | None = None, last: int | None = None, **args: Any) -> JSON:
        if not at_least(role_of(self._context.actor.account, self._repo), "push"):
            self._context.need(self._repo, "metadata")
        found = [
            (account, role_of(account, self._repo))
            for account in self._world.accounts.values()
            if account.type == "User" and account.id in self._known()
        ]
        shown = connection(found, lambda item: actor_view(self._context, item[0]), first=first, last=last)
        for edge, (_, role) in zip(shown["edges"], found, strict=False):
            edge["permission"] = PERMISSIONS[role]
        return shown

    def _known(self) -> set[int]:
        owner = self._repo.owner
        teams = {number for team in owner.teams.values() if self._repo.id in team.repos for number in team.members}
        return {owner.id, *owner.members, *self._repo.collaborators, *teams}
