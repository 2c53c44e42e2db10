"""JSON of issues, pull requests, comments, reviews and labels."""

from __future__ import annotations

import re
from urllib.parse import quote

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.repository import compare
from tests.github.server.show import people
from tests.github.server.show.repos import page, repository, settings, url
from tests.github.server.state import JSON, Account, Comment, Issue, Label, Pull, Reaction, Repo, Review
from tests.github.server.world import World

CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d{1,9})\b", re.IGNORECASE)
CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(world: World, repo: Repo, one: Label) -> JSON:
    return {
        "id": one.id,
        "node_id": f"LA_{one.id}",
        "url": f"{url(world, repo)}/labels/{quote(one.name, safe='')}",
        "name": one.name,
        "color": one.color,
        "default": one.default,
        "description": one.description,
    }


def reactions(where: str, found: list[Reaction]) -> JSON:
    counts = {content: sum(r.content == content for r in found) for content in CONTENTS}
    return {"url": f"{where}/reactions", "total_count": len(found), **counts}


def reaction(world: World, one: Reaction) -> JSON:
    return {
        "id": one.id,
        "node_id": f"REA_{one.id}",
        "user": people.user(world, one.user),
        "content": one.content,
        "created_at": iso(one.created_at),
    }


def issue(world: World, one: Issue) -> JSON:
    where = f"{url(world, one.repo)}/issues/{one.number}"
    kind = "pull" if one.pull else "issues"
    answer: JSON = {
        "url": where,
        "repository_url": url(world, one.repo),
        "labels_url": f"{where}/labels{{/name}}",
        "comments_url": f"{where}/comments",
        "events_url": f"{where}/events",
        "html_url": f"{page(world, one.repo)}/{kind}/{one.number}",
        "id": one.id,
        "node_id": f"PR_{one.pull.id}" if one.pull else f"I_{one.id}",
        "number": one.number,
        "title": one.title,
        "user": people.user(world, one.user),
        "labels": [label(world, one.repo, each) for each in one.labels],
        "state": one.state,
        "locked": one.locked,
        "assignee": people.user_or_none(world, one.assignees[0] if one.assignees else None),
        "assignees": [people.user(world, each) for each in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "closed_at": iso_or_none(one.closed_at),
        "author_association": people.association(one.user, one.repo),
        "active_lock_reason": None,
        "body": one.body,
        "reactions": reactions(where, one.reactions),
        "timeline_url": f"{where}/timeline",
        "performed_via_github_app": people.app_or_none(world, one.app),
        "state_reason": one.state_reason,
    }
    if one.pull:
        answer["draft"] = one.pull.draft
        api = f"{url(world, one.repo)}/pulls/{one.number}"
        web = f"{page(world, one.repo)}/pull/{one.number}"
        merged = iso_or_none(one.pull.merged_at)
        answer["pull_request"] = {
            "url": api, "html_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch", "merged_at": merged,
        }  # fmt: skip
    return answer


def full_issue(world: World, one: Issue) -> JSON:
    return {**issue(world, one), "closed_by": people.user_or_none(world, one.closed_by)}


def comment(world: World, on: Issue, one: Comment) -> JSON:
    where = f"{url(world, on.repo)}/issues/comments/{one.id}"
    kind = "pull" if on.pull else "issues"
    return {
        "url": where,
        "html_url": f"{page(world, on.repo)}/{kind}/{on.number}#issuecomment-{one.id}",
        "issue_url": f"{url(world, on.repo)}/issues/{on.number}",
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "user": people.user(world, one.user),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "body": one.body,
        "author_association": people.association(one.user, on.repo),
        "reactions": reactions(where, one.reactions),
        "performed_via_github_app": people.app_or_none(world, one.app),
    }


def review(world: World, on: Pull, one: Review, lower: bool = False) -> JSON:
    api = f"{url(world, on.repo)}/pulls/{on.number}"
    web = f"{page(world, on.repo)}/pull/{on.number}#pullrequestreview-{one.id}"
    answer = {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": people.user(world, one.user),
        "body": one.body,
        "state": one.state.lower() if lower else one.state,
        "html_url": web,
        "pull_request_url": api,
        "author_association": one.author_association,
        "_links": {"html": {"href": web}, "pull_request": {"href": api}},
        "commit_id": one.commit_id,
    }
    if one.submitted_at:
        answer["submitted_at"] = iso(one.submitted_at)
    if lower:
        answer.setdefault("submitted_at", None)
        answer["updated_at"] = answer["submitted_at"]
    return answer


def _side(world: World, repo: Repo | None, label_text: str, ref: str, sha: str, hook: bool) -> JSON:
    owner = world.accounts.get(label_text.partition(":")[0].casefold())
    shown = None
    if repo is not None and not repo.deleted:
        shown = repository(world, repo)
        if hook:
            shown |= settings(repo)
    return {"label": label_text, "ref": ref, "sha": sha, "user": people.user_or_none(world, owner), "repo": shown}


def pull_simple(world: World, one: Pull, hook: bool = False) -> JSON:
    on = one.issue
    repo = one.repo
    api = f"{url(world, repo)}/pulls/{one.number}"
    web = f"{page(world, repo)}/pull/{one.number}"
    issue_url = f"{url(world, repo)}/issues/{one.number}"
    statuses = f"{url(world, repo)}/statuses/{one.head_sha}"
    return {
        "url": api,
        "id": one.id,
        "node_id": f"PR_{one.id}",
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": issue_url,
        "number": one.number,
        "state": on.state,
        "locked": on.locked,
        "title": on.title,
        "user": people.user(world, on.user),
        "body": on.body,
        "created_at": iso(on.created_at),
        "updated_at": iso(on.updated_at),
        "closed_at": iso_or_none(on.closed_at),
        "merged_at": iso_or_none(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": people.user_or_none(world, on.assignees[0] if on.assignees else None),
        "assignees": [people.user(world, each) for each in on.assignees],
        "requested_reviewers": [people.user(world, each) for each in one.requested_users],
        "requested_teams": [people.team(world, each) for each in one.requested_teams],
        "labels": [label(world, repo, each) for each in on.labels],
        "milestone": None,
        "draft": one.draft,
        "commits_url": f"{api}/commits",
        "review_comments_url": f"{api}/comments",
        "review_comment_url": f"{url(world, repo)}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url}/comments",
        "statuses_url": statuses,
        "head": _side(world, one.head_repo, one.head_label, one.head_ref, one.head_sha, hook),
        "base": _side(world, repo, f"{repo.owner.login}:{one.base_ref}", one.base_ref, compare.base_of(one), hook),
        "_links": {
            "self": {"href": api},
            "html": {"href": web},
            "issue": {"href": issue_url},
            "comments": {"href": f"{issue_url}/comments"},
            "review_comments": {"href": f"{api}/comments"},
            "review_comment": {"href": f"{url(world, repo)}/pulls/comments{{/number}}"},
            "commits": {"href": f"{api}/commits"},
            "statuses": {"href": statuses},
        },
        "author_association": people.association(on.user, repo),
        "auto_merge": _auto_merge(world, one),
        "active_lock_reason": None,
    }


def _auto_merge(world: World, one: Pull) -> JSON | None:
    if one.auto_merge is None:
        return None
    enabled: Account = one.auto_merge["enabled_by"]
    return {
        "enabled_by": people.user(world, enabled),
        "merge_method": one.auto_merge["merge_method"],
        "commit_title": one.auto_merge["commit_title"] or f"{one.issue.title} (#{one.number})",
        "commit_message": one.auto_merge["commit_message"] or "",
    }


def pull(world: World, one: Pull, hook: bool = False) -> JSON:
    """Return a pull request; `hook`: as in webhooks, in which mergeability is still unknown."""
    files = compare.pull_files(one)
    can_merge = None if hook else compare.mergeable(one)
    state = {None: "unknown", False: "dirty", True: "draft" if one.draft else "clean"}[can_merge]
    return {
        **pull_simple(world, one, hook),
        "merged": one.merged_at is not None,
        "mergeable": can_merge,
        "rebaseable": can_merge,
        "mergeable_state": state,
        "merged_by": people.user_or_none(world, one.merged_by),
        "comments": len(one.issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(compare.pull_commits(one)),
        "additions": sum(f.additions for f in files),
        "deletions": sum(f.deletions for f in files),
        "changed_files": len(files),
    }


def to_close(pull: Pull) -> list[Issue]:
    """Return the issues that a pull request closes when it is merged, by the closing keywords in its body."""
    if pull.base_ref != pull.repo.default_branch:
        return []
    found = (pull.repo.issues.get(int(number)) for number in dict.fromkeys(CLOSES.findall(pull.issue.body or "")))
    return [issue for issue in found if issue is not None and issue.pull is None]
