"""Read the pull requests of an incident: which ones say that they fix it, and the details of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hotfix import message, spec
from hotfix.facts import ReviewState
from hotfix.github.read.pull import pull_answer
from hotfix.github.read.pull.pull_answer import time, time_or_none
from hotfix.github.write.checks import hidden_verdict
from hotfix.life.record import HotfixPull, IncidentDeployment, PublishedVerdict, ReviewGiven, ReviewRequested
from hotfix.text import issue_references


def fixes(title: str, body: str, messages: Iterable[str], repo: str, host: str) -> frozenset[int]:
    """Return the issues of this repository, on this host, that a pull request says it fixes.

    They are read in the same way as by the rule `one-thing`.
    """
    mentions = [*issue_references.fixed([(0, title)], repo), *spec.parse(body).fixes(repo)]
    for text in messages:
        mentions += message.parse(text).mentions(repo)
    return issue_references.numbers(mentions, repo, host)


def own_commits(node: Mapping[str, Any], production: Iterable[IncidentDeployment]) -> list[Mapping[str, Any]]:
    """Return a pull request's commits, oldest first, without those that ran in production before it was opened.

    Its branch is created from the production tag. While the base branch lacks an earlier hotfix in that tag, GitHub
    lists that hotfix's commits as well.
    """
    commits = [each["commit"] for each in node["commits"]["nodes"]]
    opened = time(node["createdAt"])
    ran = {each.sha for each in production if each.succeeded_at and each.succeeded_at < opened}
    earlier = max((at for at, commit in enumerate(commits[:-1]) if commit["oid"] in ran), default=-1)
    return commits[earlier + 1 :]


def messages(node: Mapping[str, Any], production: Iterable[IncidentDeployment]) -> list[str]:
    """Return the messages of a pull request's own commits."""
    return [commit["message"] for commit in own_commits(node, production)]


def pull_details(
    answer: Mapping[str, Any], repo: str, app: int | None, production: Iterable[IncidentDeployment]
) -> HotfixPull | None:
    """Return a pull request from the answer to its query; None if it no longer exists."""
    node, head = answer["pullRequest"], answer["head"] or {}
    if node is None:
        return None
    contexts = list(pull_answer.of_others(pull_answer.contexts_of(head)["nodes"], app))
    ends = [time(end) for each in contexts if (end := each.get("completedAt") or each.get("createdAt"))]
    spec_file = (answer["spec"] or {}).get("text")
    edited = None if spec_file else time_or_none(node["lastEditedAt"])
    commits = own_commits(node, production)
    logins = (author["user"] for commit in commits for author in commit["authors"]["nodes"])
    return HotfixPull(
        number=node["number"],
        node=node["id"],
        title=node["title"],
        body=node["body"],
        url=node["url"],
        branch=node["headRefName"],
        head=node["headRefOid"],
        base=node["baseRefName"],
        author=(node["author"] or {}).get("login", ""),
        draft=node["isDraft"],
        open=node["state"] == "OPEN",
        created_at=time(node["createdAt"]),
        closed_at=time_or_none(node["closedAt"]),
        merged_at=time_or_none(node["mergedAt"]),
        merged_by=(node["mergedBy"] or {}).get("login", ""),
        merge_sha=(node["mergeCommit"] or {}).get("oid", ""),
        same_repo=((node["headRepository"] or {}).get("nameWithOwner") or "").casefold() == repo.casefold(),
        reviews=tuple(_review(each) for each in node["reviews"]["nodes"] if each["author"] and each["submittedAt"]),
        asked=tuple(
            ReviewRequested(who=who, at=time(each["createdAt"]))
            for each in node["timelineItems"]["nodes"]
            if (who := pull_answer.reviewer(each.get("requestedReviewer")))
        ),
        ready_at=pull_answer.ready_at(node),
        head_pushed_at=pull_answer.pushed_at(head),
        changed_at=max(filter(None, [pull_answer.base_changed_at(node), edited]), default=None),
        requested=tuple(
            who for each in node["reviewRequests"]["nodes"] if (who := pull_answer.reviewer(each["requestedReviewer"]))
        ),
        authors=tuple(dict.fromkeys(user["login"] for user in logins if user)),
        commits=tuple(commit["oid"] for commit in commits),
        checks=pull_answer.checks(contexts, app),
        checked_at=max(ends, default=None),
        ruling=_ruling(head),
        spec=spec_file or node["body"],
        changes=node["changedFiles"] - bool(spec_file),
    )


def _review(node: Mapping[str, Any]) -> ReviewGiven:
    return ReviewGiven(
        id=int(node["fullDatabaseId"]),
        by=node["author"]["login"],
        state=ReviewState(node["state"]),
        sha=(node["commit"] or {}).get("oid", ""),
        at=time(node["submittedAt"]),
        bot=node["author"]["__typename"] == "Bot",
    )


def _ruling(head: Mapping[str, Any]) -> PublishedVerdict | None:
    run = pull_answer.newest_run(head)
    if run is None:
        return None
    ended = time_or_none(run["completedAt"]) or time_or_none(run["startedAt"])
    if ended is None:
        return None
    conclusion = (run["conclusion"] or "").casefold() if run["status"] == "COMPLETED" else ""
    return PublishedVerdict(conclusion=conclusion, at=ended, rules=hidden_verdict.read(run["text"] or ""))
