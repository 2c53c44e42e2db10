"""The root types, Query and Mutation."""

from __future__ import annotations

from typing import Any

from tests.github.server import acts, events, merging
from tests.github.server.clock import iso
from tests.github.server.graphql.context import JSON, Context, Refused, View, actor_view
from tests.github.server.graphql.people import TeamView
from tests.github.server.graphql.pull import Issue, IssueComment, PullRequest
from tests.github.server.graphql.repository import Repository
from tests.github.server.state import Pull


class Root(View):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.relay = self

    @property
    def viewer(self) -> View | None:
        return actor_view(self._context, self._context.actor.account)

    def repository(self, owner: str, name: str, followRenames: bool = True) -> View:
        repo = self._world.repos.get(f"{owner}/{name}".casefold())
        if repo is None or not self._context.sees(repo):
            raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        repo.git.touch()
        return Repository(self._context, repo)

    def organization(self, login: str) -> View | None:
        account = self._world.accounts.get(login.casefold())
        if account is None or not account.is_org:
            raise Refused("NOT_FOUND", f"Could not resolve to an Organization with the login of '{login}'.")
        return actor_view(self._context, account)

    def user(self, login: str) -> View | None:
        account = self._world.accounts.get(login.casefold())
        if account is None or account.type != "User":
            raise Refused("NOT_FOUND", f"Could not resolve to a User with the login of '{login}'.")
        return actor_view(self._context, account)

    def rateLimit(self, dryRun: bool = False) -> JSON:
        from tests.github.server.faults import Limits

        limits: Limits = self._world.limits
        budget = limits.budget(self._context.actor.label)
        reset = int(budget.reset_at)
        moment = self._world.clock.now().fromtimestamp(reset, self._world.clock.now().tzinfo)
        return {
            "cost": 1, "limit": budget.limit, "remaining": budget.remaining, "used": budget.used,
            "nodeCount": 1, "resetAt": iso(moment),
        }  # fmt: skip

    def node(self, id: str) -> View | None:
        found = self._node(id)
        if found is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")
        return found

    def nodes(self, ids: list[str]) -> list[View | None]:
        return [self._node(each) for each in ids]

    def _node(self, id: str) -> View | None:
        kind, _, rest = id.partition("_")
        if kind == "R":
            repo = self._world.repos_by_id.get(int(rest)) if rest.isdigit() else None
            return Repository(self._context, repo) if repo and self._context.sees(repo) else None
        if kind == "T":
            teams = (t for a in self._world.accounts.values() for t in a.teams.values() if t.node_id == id)
            team = next(teams, None)
            return TeamView(self._context, team) if team else None
        if kind in ("U", "O", "BOT"):
            return actor_view(self._context, next((a for a in self._world.by_id.values() if a.node_id == id), None))
        for repo in self._world.repos_by_id.values():
            if not self._context.sees(repo):
                continue
            for issue in repo.issues.values():
                if issue.pull and f"PR_{issue.pull.id}" == id:
                    return PullRequest(self._context, issue.pull)
                if f"I_{issue.id}" == id:
                    return Issue(self._context, issue)
                if kind == "IC":
                    for comment in issue.comments:
                        if f"IC_{comment.id}" == id:
                            return IssueComment(self._context, issue, comment)
        return None

    # --- mutations ---

    def _pull(self, input: JSON, level: str = "write") -> Pull:
        found = self._node(input["pullRequestId"])
        if not isinstance(found, PullRequest):
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{input['pullRequestId']}'")
        self._context.need(found._pull.repo, "pull_requests", level=level)
        return found._pull

    @property
    def _me(self) -> Any:
        account = self._context.actor.account
        if account is None:
            raise Refused("FORBIDDEN", "Requires authentication")
        return account

    def _payload(self, input: JSON, pull: Pull) -> JSON:
        return {
            "clientMutationId": input.get("clientMutationId"),
            "actor": actor_view(self._context, self._me),
            "pullRequest": PullRequest(self._context, pull),
        }

    def minimizeComment(self, input: JSON) -> JSON:
        found = self._node(input["subjectId"])
        if not isinstance(found, IssueComment):
            raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{input['subjectId']}'")
        self._context.need(found._on.repo, "issues", "pull_requests", level="write")
        found._one.minimized = str(input["classifier"]).lower().replace("_", "-")
        return {
            "clientMutationId": input.get("clientMutationId"),
            "minimizedComment": IssueComment(self._context, found._on, found._one),
        }

    def enablePullRequestAutoMerge(self, input: JSON) -> JSON:
        pull = self._pull(input)
        if not pull.repo.settings.get("allow_auto_merge"):
            raise Refused("UNPROCESSABLE", "Pull request Auto merge is not allowed for this repository")
        method = (input.get("mergeMethod") or "MERGE").lower()
        if not merging.allows(pull.repo, method):
            raise Refused("UNPROCESSABLE", f"Merge method {method} merging is not allowed on this repository")
        if not merging.blockers(pull.repo, pull):
            if not merging.has_queue(pull):
                raise Refused("UNPROCESSABLE", "Pull request Pull request is in clean status")
            merging.enqueue(self._world, pull, self._me)
            return self._payload(input, pull)
        pull.auto_merge = {
            "enabled_by": self._me, "merge_method": method,
            "commit_title": input.get("commitHeadline"), "commit_message": input.get("commitBody"),
        }  # fmt: skip
        events.pull(self._world, pull, "auto_merge_enabled", self._me)
        return self._payload(input, pull)

    def enqueuePullRequest(self, input: JSON) -> JSON:
        pull = self._pull(input)
        if not merging.has_queue(pull):
            raise Refused("UNPROCESSABLE", "A merge queue is not enabled for the pull request's base branch")
        if why := merging.blockers(pull.repo, pull):
            raise Refused("UNPROCESSABLE", why[0])
        merging.enqueue(self._world, pull, self._me)
        return {"clientMutationId": input.get("clientMutationId"), "mergeQueueEntry": None}

    def disablePullRequestAutoMerge(self, input: JSON) -> JSON:
        pull = self._pull(input)
        pull.auto_merge = None
        events.pull(self._world, pull, "auto_merge_disabled", self._me, reason="")
        return self._payload(input, pull)

    def convertPullRequestToDraft(self, input: JSON) -> JSON:
        pull = self._pull(input)
        pull.draft = True
        acts.note(self._world, pull.issue, "convert_to_draft", self._me)
        events.pull(self._world, pull, "converted_to_draft", self._me)
        return self._payload(input, pull)

    def markPullRequestReadyForReview(self, input: JSON) -> JSON:
        pull = self._pull(input)
        pull.draft = False
        acts.note(self._world, pull.issue, "ready_for_review", self._me)
        events.pull(self._world, pull, "ready_for_review", self._me)
        return self._payload(input, pull)
