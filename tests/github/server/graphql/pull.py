"""Views of pull requests, issues, reviews and comments."""

from __future__ import annotations

from typing import Any

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.graphql.context import JSON, Context, View, actor_view, connection, directed, small
from tests.github.server.graphql.git import Commit, Ref, Rollup
from tests.github.server.graphql.people import TeamView
from tests.github.server.repository import compare
from tests.github.server.repository.diffs import FileDiff
from tests.github.server.show.issues import CONTENTS, to_close
from tests.github.server.show.people import association
from tests.github.server.state import Comment, Label, Pull, Reaction, Repo, Review
from tests.github.server.state import Issue as IssueRecord

CHANGES = {"added": "ADDED", "removed": "DELETED", "modified": "MODIFIED", "renamed": "RENAMED", "copied": "COPIED"}


CONTENT_NAMES = {"+1": "THUMBS_UP", "-1": "THUMBS_DOWN"}


def pull_state(pull: Pull) -> str:
    return "MERGED" if pull.merged_at else pull.issue.state.upper()


def label_view(repo: Repo, one: Label) -> JSON:
    return {
        "__typename": "Label",
        "id": f"LA_{one.id}",
        "name": one.name,
        "color": one.color,
        "description": one.description,
        "isDefault": one.default,
    }


class _Issue(View):
    def __init__(self, context: Context, issue: IssueRecord) -> None:
        super().__init__(context)
        self._issue = issue
        kind = "pull" if issue.pull else "issues"
        self.number = issue.number
        self.databaseId = small(issue.id)
        self.fullDatabaseId = str(issue.id)
        self.title = issue.title
        self.body = issue.body or ""
        self.bodyText = self.body
        self.createdAt = iso(issue.created_at)
        self.updatedAt = iso(issue.updated_at)
        self.closedAt = iso_or_none(issue.closed_at)
        self.lastEditedAt = iso_or_none(issue.body_edited_at)
        self.closed = issue.state == "closed"
        self.includesCreatedEdit = issue.body_edited_at is not None
        self.viewerDidAuthor = issue.user is context.actor.account
        self.locked = issue.locked
        self.resourcePath = f"/{issue.repo.full_name}/{kind}/{issue.number}"
        self.url = self._world.url + self.resourcePath
        self.authorAssociation = association(issue.user, issue.repo)

    @property
    def author(self) -> View | None:
        return actor_view(self._context, self._issue.user)

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._issue.repo)

    def labels(self, orderBy: JSON | None = None, **page: Any) -> JSON:
        return connection(self._issue.labels, lambda one: label_view(self._issue.repo, one), **page)

    def assignees(self, **page: Any) -> JSON:
        return connection(self._issue.assignees, lambda a: actor_view(self._context, a), **page)

    def comments(self, orderBy: JSON | None = None, **page: Any) -> JSON:
        found = directed(self._issue.comments, orderBy, lambda c: (c.updated_at, c.id))
        return connection(found, lambda c: IssueComment(self._context, self._issue, c), **page)


class Issue(_Issue):
    typename = "Issue"

    def subIssues(self, **page: Any) -> JSON:
        return connection(self._issue.sub_issues, lambda one: Issue(self._context, one), **page)

    @property
    def parent(self) -> View | None:
        return Issue(self._context, self._issue.parent) if self._issue.parent else None

    def timelineItems(self, itemTypes: list[str] | None = None, since: str | None = None, **page: Any) -> JSON:
        from tests.github.server.graphql.timeline import issue_items

        return timeline_page(self, issue_items(self._context, self._issue, itemTypes, since), page)

    def __init__(self, context: Context, issue: IssueRecord) -> None:
        super().__init__(context, issue)
        self.id = f"I_{issue.id}"
        self.state = issue.state.upper()
        self.stateReason = issue.state_reason.upper() if issue.state_reason else None


class PullRequest(_Issue):
    typename = "PullRequest"

    def __init__(self, context: Context, pull: Pull) -> None:
        super().__init__(context, pull.issue)
        self._pull = pull
        self.id = f"PR_{pull.id}"
        self.databaseId = small(pull.id)
        self.fullDatabaseId = str(pull.id)
        self.state = pull_state(pull)
        self.isDraft = pull.draft
        self.headRefName = pull.head_ref
        self.headRefOid = pull.head_sha
        self.baseRefName = pull.base_ref
        self.baseRefOid = compare.base_of(pull)
        self.merged = pull.merged_at is not None
        self.mergedAt = iso_or_none(pull.merged_at)
        self.isCrossRepository = pull.head_repo is not pull.repo
        self.isInMergeQueue = pull.queued is not None
        self.permalink = self.url
        self.maintainerCanModify = False

    @property
    def headRepository(self) -> View | None:
        from tests.github.server.graphql.repository import Repository

        repo = self._pull.head_repo
        return Repository(self._context, repo) if repo and not repo.deleted else None

    @property
    def baseRepository(self) -> View:
        return self.repository

    def closingIssuesReferences(self, **page: Any) -> JSON:
        self._context.need(self._pull.repo, "issues")
        return connection(to_close(self._pull), lambda issue: Issue(self._context, issue), **page)

    @property
    def headRepositoryOwner(self) -> View | None:
        return actor_view(self._context, self._world.accounts.get(self._pull.head_label.partition(":")[0].casefold()))

    @property
    def headRef(self) -> View | None:
        repo, ref = self._pull.head_repo, f"refs/heads/{self._pull.head_ref}"
        return Ref(self._context, repo, ref) if repo and ref in repo.git.refs else None

    @property
    def baseRef(self) -> View | None:
        ref = f"refs/heads/{self._pull.base_ref}"
        return Ref(self._context, self._pull.repo, ref) if ref in self._pull.repo.git.refs else None

    @property
    def mergeCommit(self) -> View | None:
        sha = self._pull.merge_commit_sha
        return Commit(self._context, self._pull.repo, sha) if sha else None

    @property
    def mergedBy(self) -> View | None:
        return actor_view(self._context, self._pull.merged_by)

    @property
    def mergeable(self) -> str:
        return {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[compare.mergeable(self._pull)]

    @property
    def autoMergeRequest(self) -> JSON | None:
        said = self._pull.auto_merge
        if said is None:
            return None
        return {
            "enabledBy": actor_view(self._context, said["enabled_by"]),
            "mergeMethod": said["merge_method"].upper(),
            "enabledAt": None,
            "commitHeadline": said["commit_title"],
            "commitBody": said["commit_message"],
            "authorEmail": None,
            "pullRequest": self,
        }

    @property
    def statusCheckRollup(self) -> View | None:
        rollup = Rollup(self._context, self._pull.repo, self._pull.head_sha)
        return rollup if rollup.contexts_found else None

    @property
    def additions(self) -> int:
        return sum(f.additions for f in compare.pull_files(self._pull))

    @property
    def deletions(self) -> int:
        return sum(f.deletions for f in compare.pull_files(self._pull))

    @property
    def changedFiles(self) -> int:
        return len(compare.pull_files(self._pull))

    def commits(self, **page: Any) -> JSON:
        shas = compare.pull_commits(self._pull)
        total = len(shas)
        shown = connection(shas[: compare.MAX_PULL_COMMITS], self._commit, **page)
        return {**shown, "totalCount": total}

    def _commit(self, sha: str) -> JSON:
        return {
            "__typename": "PullRequestCommit",
            "id": f"PURC_{self._pull.id}_{sha}",
            "commit": Commit(self._context, self._pull.repo, sha),
            "pullRequest": self,
            "url": f"{self.url}/commits/{sha}",
            "resourcePath": f"{self.resourcePath}/commits/{sha}",
        }

    def files(self, **page: Any) -> JSON:
        found = compare.pull_files(self._pull)
        return {**connection(found[: compare.MAX_PULL_FILES], _file, **page), "totalCount": len(found)}

    def reviews(self, states: list[str] | None = None, author: str | None = None, **page: Any) -> JSON:
        me = self._context.actor.account
        found = [r for r in self._pull.reviews if r.state != "PENDING" or r.user is me]
        if states:
            found = [r for r in found if r.state in states]
        if author is not None:
            found = [r for r in found if r.user.login.casefold() == author.casefold()]
        return connection(found, lambda r: ReviewView(self._context, self._pull, r), **page)

    def _latest(self, opinions: tuple[str, ...]) -> list[Review]:
        last = {r.user.id: r for r in self._pull.reviews if r.state in opinions}
        return list(last.values())

    def latestReviews(self, **page: Any) -> JSON:
        found = self._latest(("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"))
        return connection(found, lambda r: ReviewView(self._context, self._pull, r), **page)

    def latestOpinionatedReviews(self, writersOnly: bool = False, **page: Any) -> JSON:
        found = self._latest(("APPROVED", "CHANGES_REQUESTED", "DISMISSED"))
        return connection(found, lambda r: ReviewView(self._context, self._pull, r), **page)

    @property
    def reviewDecision(self) -> str | None:
        protection = self._pull.repo.protections.get(self._pull.base_ref)
        if protection is None or not protection.required_reviews:
            return None
        states = [r.state for r in self._latest(("APPROVED", "CHANGES_REQUESTED", "DISMISSED"))]
        if "CHANGES_REQUESTED" in states:
            return "CHANGES_REQUESTED"
        return "APPROVED" if states.count("APPROVED") >= protection.required_reviews else "REVIEW_REQUIRED"

    def reviewRequests(self, **page: Any) -> JSON:
        def one(item: Any) -> JSON:
            is_team = hasattr(item, "slug")
            return {
                "__typename": "ReviewRequest",
                "id": f"RR_{self._pull.id}_{item.id}",
                "databaseId": item.id,
                "asCodeOwner": False,
                "pullRequest": self,
                "requestedReviewer": TeamView(self._context, item) if is_team else actor_view(self._context, item),
            }

        return connection([*self._pull.requested_users, *self._pull.requested_teams], one, **page)

    def timelineItems(self, itemTypes: list[str] | None = None, since: str | None = None, **page: Any) -> JSON:
        from tests.github.server.graphql.timeline import items

        return timeline_page(self, items(self._context, self._pull, itemTypes, since), page)


def timeline_page(of: _Issue, found: list[Any], page: JSON) -> JSON:
    """Return a page of an issue's or pull request's timeline."""
    page.pop("skip", None)
    shown = connection(found, lambda one: one, **page)
    return {**shown, "filteredCount": len(found), "pageCount": len(shown["nodes"]), "updatedAt": of.updatedAt}


def reaction_groups(context: Context, found: list[Reaction]) -> list[JSON]:
    """Return a group for each reaction type, including unused ones."""
    me = context.actor.account
    groups = []
    for content in CONTENTS:
        given = [one for one in found if one.content == content]
        groups.append(
            {
                "__typename": "ReactionGroup",
                "content": CONTENT_NAMES.get(content, content.upper()),
                "createdAt": iso(given[0].created_at) if given else None,
                "viewerHasReacted": any(one.user is me for one in given),
            }
        )
    return groups


def _file(one: FileDiff) -> JSON:
    return {
        "__typename": "PullRequestChangedFile",
        "path": one.path,
        "additions": one.additions,
        "deletions": one.deletions,
        "changeType": CHANGES.get(one.status, "CHANGED"),
        "viewerViewedState": "UNVIEWED",
    }


class ReviewView(View):
    typename = "PullRequestReview"

    def __init__(self, context: Context, pull: Pull, review: Review) -> None:
        super().__init__(context)
        self._pull, self._review = pull, review
        self.id = f"PRR_{review.id}"
        self.databaseId = small(review.id)
        self.fullDatabaseId = str(review.id)
        self.state = review.state
        self.body = self.bodyText = review.body
        self.submittedAt = iso_or_none(review.submitted_at)
        self.createdAt = self.updatedAt = iso(review.submitted_at or pull.issue.created_at)
        self.publishedAt = self.submittedAt
        self.authorAssociation = review.author_association
        self.resourcePath = f"/{pull.repo.full_name}/pull/{pull.number}#pullrequestreview-{review.id}"
        self.url = self._world.url + self.resourcePath

    @property
    def author(self) -> View | None:
        return actor_view(self._context, self._review.user)

    @property
    def authorCanPushToRepository(self) -> bool:
        from tests.github.server.auth import role_of
        from tests.github.server.state import at_least

        return at_least(role_of(self._review.user, self._pull.repo), "push")

    @property
    def commit(self) -> View | None:
        if self._review.commit_id in self._pull.repo.git.hidden:
            return None
        return Commit(self._context, self._pull.repo, self._review.commit_id)

    @property
    def pullRequest(self) -> View:
        return PullRequest(self._context, self._pull)

    def onBehalfOf(self, **page: Any) -> JSON:
        teams = [t for t in self._pull.repo.owner.teams.values() if self._review.user.id in t.members]
        return connection(teams, lambda t: TeamView(self._context, t), **page)


class IssueComment(View):
    typename = "IssueComment"

    def __init__(self, context: Context, on: IssueRecord, one: Comment) -> None:
        super().__init__(context)
        self._on, self._one = on, one
        self.id = f"IC_{one.id}"
        self.databaseId = small(one.id)
        self.fullDatabaseId = str(one.id)
        self.body = self.bodyText = one.body
        self.createdAt = self.publishedAt = iso(one.created_at)
        self.updatedAt = iso(one.updated_at)
        self.includesCreatedEdit = one.editor is not None
        self.lastEditedAt = iso(one.updated_at) if one.editor else None
        self.authorAssociation = association(one.user, on.repo)
        self.isMinimized = one.minimized is not None
        self.minimizedReason = one.minimized
        kind = "pull" if on.pull else "issues"
        self.resourcePath = f"/{on.repo.full_name}/{kind}/{on.number}#issuecomment-{one.id}"
        self.url = self._world.url + self.resourcePath
        me = context.actor.account
        self.viewerDidAuthor = one.user is me

    @property
    def author(self) -> View | None:
        return actor_view(self._context, self._one.user)

    @property
    def editor(self) -> View | None:
        return actor_view(self._context, self._one.editor)

    @property
    def reactionGroups(self) -> list[JSON]:
        return reaction_groups(self._context, self._one.reactions)

    def reactions(self, content: str | None = None, orderBy: JSON | None = None, **page: Any) -> JSON:
        names = {"+1": "THUMBS_UP", "-1": "THUMBS_DOWN"}
        found = [r for r in self._one.reactions if content in (None, names.get(r.content, r.content.upper()))]

        def one(reaction: Any) -> JSON:
            return {
                "__typename": "Reaction",
                "id": f"REA_{reaction.id}",
                "databaseId": reaction.id,
                "content": names.get(reaction.content, reaction.content.upper()),
                "createdAt": iso(reaction.created_at),
                "user": actor_view(self._context, reaction.user),
            }

        return {**connection(found, one, **page), "viewerHasReacted": False}
