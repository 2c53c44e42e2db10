"""Read the metadata of the hotfix's pull request for the tag's message and the back-merge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from action.runner.command_run import Run
from hotfix import message, reviews, severities, spec
from hotfix.facts import ReviewState
from hotfix.github.read import git_refs
from hotfix.github.read.pull import rest_pulls
from hotfix.github.read.pull.pull_facts import PullReading
from hotfix.github.transport.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PullMetadata:
    """The metadata of a pull request that is needed to ship it."""

    number: int
    title: str
    head: str
    """The name of the hotfix branch."""
    head_repo: str | None
    base: str
    author: str | None
    open: bool
    issue: str | None
    severity: str | None
    approvers: tuple[str, ...]
    """Logins of those who approved this commit."""


def of_evaluated(read: PullReading) -> PullMetadata:
    """Return the metadata of a pull request that was just evaluated, without another request."""
    pull, facts = read.pull, read.facts
    written = facts.commits[-1].message if facts and facts.commits else ""
    issue, declared = _what(pull.body, lambda: written)
    approvals = [r for r in reviews.latest_reviews(facts) if r.state is ReviewState.APPROVED] if facts else []
    return PullMetadata(
        number=pull.number,
        title=pull.title,
        head=facts.branches.head if facts else "",
        head_repo=pull.head_repo,
        base=(facts.branches.base if facts else None) or "",
        author=pull.author.login if pull.author else None,
        open=pull.open,
        issue=issue,
        severity=declared,
        approvers=tuple(review.author.login for review in approvals if review.sha == read.head_sha),
    )


def of_commit(run: Run, sha: str) -> PullMetadata | None:
    """Return the open or merged pull request whose head is the commit, preferring open ones and lower numbers."""
    try:
        with run.needs("pull-requests: read"):
            found = [
                pull
                for pull in rest_pulls.of_commit(run.client, run.repo, sha)
                if pull["head"]["sha"] == sha and (pull["state"] == "open" or pull["merged_at"])
            ]
            hotfixes = [pull for pull in found if run.policy.label in {label["name"] for label in pull["labels"]}]
            if not (found := hotfixes or found):
                return None
            pull = min(found, key=lambda each: (each["state"] != "open", each["number"]))
            reviews = rest_pulls.reviews_of(run.client, run.repo, pull["number"])
    except NotFound:
        return None
    latest = {r["user"]["login"]: r for r in reviews if r["user"] and r["state"] in ("APPROVED", "CHANGES_REQUESTED")}
    issue, declared = _what(pull["body"] or "", lambda: git_refs.message_of(run.client, run.repo, sha))
    return PullMetadata(
        number=pull["number"],
        title=pull["title"],
        head=pull["head"]["ref"],
        head_repo=(pull["head"]["repo"] or {}).get("full_name"),
        base=pull["base"]["ref"],
        author=(pull["user"] or {}).get("login"),
        open=pull["state"] == "open",
        issue=issue,
        severity=declared,
        approvers=tuple(login for login, r in latest.items() if r["state"] == "APPROVED" and r["commit_id"] == sha),
    )


def _what(body: str, commit_message: Callable[[], str]) -> tuple[str | None, str | None]:
    """Return the issue and severity from the spec in the pull request, or otherwise from the commit message."""
    text = spec.parse(body)
    issue, declared = text.issue, text.severity
    if not (issue and declared):
        written = message.parse(commit_message())
        issue = issue or next((entry.text for entry in written.fixes), None)
        declared = declared or next(filter(None, (severities.parse(entry.text) for entry in written.severity)), None)
    return issue, str(declared) if declared else None
