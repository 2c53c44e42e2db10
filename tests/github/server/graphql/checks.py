"""Views of check runs, check suites and commit statuses."""

from __future__ import annotations

from typing import Any

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.graphql.context import JSON, Context, Refused, View, actor_view, connection
from tests.github.server.graphql.git import Commit, Ref, required
from tests.github.server.graphql.people import AppView
from tests.github.server.run_state import CheckRun, Status
from tests.github.server.run_state import CheckSuite as Suite
from tests.github.server.show import checks as show
from tests.github.server.state import Repo


def _number(repo: Repo, pullRequestId: str | None, pullRequestNumber: int | None) -> int:
    if pullRequestNumber is not None:
        return pullRequestNumber
    for pull in repo.pulls:
        if f"PR_{pull.id}" == pullRequestId:
            return pull.number
    raise Refused("ARGUMENT_ERROR", "Either `pullRequestId` or `pullRequestNumber` must be provided")


class CheckRunView(View):
    typename = "CheckRun"

    def __init__(self, context: Context, run: CheckRun) -> None:
        super().__init__(context)
        self._run = run
        self.id = f"CR_{run.id}"
        self.databaseId = run.id
        self.name = run.name
        self.externalId = run.external_id
        self.status = run.status.upper()
        self.conclusion = run.conclusion.upper() if run.conclusion else None
        self.startedAt = iso(run.started_at)
        self.completedAt = iso_or_none(run.completed_at)
        self.title, self.summary, self.text = run.title, run.summary, run.text
        self.resourcePath = f"/{run.suite.repo.full_name}/runs/{run.id}"
        self.url = self.permalink = self._world.url + self.resourcePath
        self.detailsUrl = run.details_url or self.url

    @property
    def checkSuite(self) -> View:
        return CheckSuite(self._context, self._run.suite)

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._run.suite.repo)

    def isRequired(self, pullRequestId: str | None = None, pullRequestNumber: int | None = None) -> bool:
        repo = self._run.suite.repo
        return required(repo, self.name, _number(repo, pullRequestId, pullRequestNumber))

    def annotations(self, **page: Any) -> JSON:
        def one(said: JSON) -> JSON:
            start, end = said["start_line"], said["end_line"]
            return {
                "path": said["path"],
                "message": said["message"],
                "title": said.get("title"),
                "rawDetails": said.get("raw_details"),
                "annotationLevel": said["annotation_level"].upper(),
                "databaseId": None,
                "location": {"start": {"line": start, "column": None}, "end": {"line": end, "column": None}},
            }

        return connection(self._run.annotations, one, **page)


class CheckSuite(View):
    typename = "CheckSuite"

    def __init__(self, context: Context, suite: Suite) -> None:
        super().__init__(context)
        self._suite = suite
        self.id = f"CS_{suite.id}"
        self.databaseId = suite.id
        self.status = show.suite_status(suite).upper()
        conclusion = show.suite_conclusion(suite)
        self.conclusion = conclusion.upper() if conclusion else None
        self.createdAt = iso(suite.created_at)
        self.updatedAt = iso(suite.updated_at)
        self.resourcePath = f"/{suite.repo.full_name}/commits/{suite.head_sha}/checks"
        self.url = self._world.url + self.resourcePath

    @property
    def app(self) -> View:
        return AppView(self._context, self._suite.app)

    @property
    def commit(self) -> View:
        return Commit(self._context, self._suite.repo, self._suite.head_sha)

    @property
    def branch(self) -> View | None:
        ref = f"refs/heads/{self._suite.head_branch}"
        return Ref(self._context, self._suite.repo, ref) if ref in self._suite.repo.git.refs else None

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._suite.repo)

    @property
    def workflowRun(self) -> None:
        return None

    def checkRuns(self, filterBy: JSON | None = None, **page: Any) -> JSON:
        wanted = filterBy or {}
        runs = self._suite.runs if wanted.get("checkType") == "ALL" else show.newest(self._suite.runs)
        if wanted.get("checkName"):
            runs = [r for r in runs if r.name == wanted["checkName"]]
        if wanted.get("appId") is not None:
            runs = [r for r in runs if r.suite.app.id == wanted["appId"]]
        if wanted.get("status"):
            runs = [r for r in runs if r.status.upper() == wanted["status"]]
        return connection(runs, lambda r: CheckRunView(self._context, r), **page)


class StatusContext(View):
    typename = "StatusContext"

    def __init__(self, context: Context, repo: Repo, status: Status) -> None:
        super().__init__(context)
        self._repo, self._status = repo, status
        self.id = f"SC_{status.id}"
        self.context = status.context
        self.state = status.state.upper()
        self.description = status.description
        self.targetUrl = status.target_url
        self.createdAt = iso(status.created_at)

    @property
    def creator(self) -> View | None:
        return actor_view(self._context, self._status.creator)

    @property
    def commit(self) -> View:
        return Commit(self._context, self._repo, self._status.sha)

    def isRequired(self, pullRequestId: str | None = None, pullRequestNumber: int | None = None) -> bool:
        return required(self._repo, self.context, _number(self._repo, pullRequestId, pullRequestNumber))


def context_view(context: Context, repo: Repo, one: CheckRun | Status) -> View:
    return StatusContext(context, repo, one) if isinstance(one, Status) else CheckRunView(context, one)
