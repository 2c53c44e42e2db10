"""Publish a verdict as one check run per commit: create it, update it, or leave it alone if nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotfix.deploy_permission import AppCheck
from hotfix.facts import Facts
from hotfix.github.external_id import ExternalId
from hotfix.github.read.caches import RecentCache
from hotfix.github.read.pull.pull_answer import ExistingCheckRun
from hotfix.github.read.pull.pull_queries import CHECK_NAME
from hotfix.github.read.repository_queries import portions
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, RequestRefused
from hotfix.github.write.checks import hidden_verdict
from hotfix.policy import Policy
from hotfix.render import check_annotations, check_page
from hotfix.text import durations
from hotfix.verdict import Conclusion, Verdict, VerdictKind

ANNOTATIONS_PER_REQUEST = 50
MOST_ANNOTATIONS = 500
"""Maximum number of annotations, in ten requests; more would not be read."""
CONCLUSIONS = {
    Conclusion.PASS: "success",
    Conclusion.FAIL: "failure",
    Conclusion.PENDING: "action_required",
}
"""The check run's conclusion for a verdict. An unknown verdict has none: its run stays in progress, which doesn't
satisfy a required check."""
BUTTONS = [
    {"label": "Evaluate again", "description": "Read everything again and evaluate", "identifier": "recheck"},
]


LOST_AFTER = 2
"""Number of consecutive updates that GitHub answers with 404 before a run is replaced although GitHub lists it."""


class LastAttempt(StrEnum):
    """The outcome of the previous attempt."""

    NONE = "none"
    """There was no previous attempt, or it succeeded."""
    FAILED = "failed"


class PublishResult(StrEnum):
    """Outcome of publishing a verdict."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NONE = "none"
    MOVED = "moved"
    """Not published: the head has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunBody:
    """The body of the requests that write a check run: GitHub accepts its annotations in several requests."""

    external_id: ExternalId
    conclusion: str | None
    """None leaves the run in progress."""
    output: Mapping[str, str]
    """The title, the summary, and as `text` the rules' results as hidden data."""
    annotations: Sequence[dict[str, Any]] = ()


def body(
    state: ExternalId,
    conclusion: str | None,
    title: str,
    summary: str,
    text: str = "",
    annotations: Sequence[check_annotations.Annotation] = (),
) -> CheckRunBody:
    """Return the body of a check run. `state`: its external ID without the digests, which are added."""
    listed = [annotation.as_dict() for annotation in annotations[:MOST_ANNOTATIONS]]
    lines = _digest(listed)
    says = _digest([conclusion, title, check_page.without_time(summary), lines, text])
    return CheckRunBody(
        external_id=replace(state, lines=lines, says=says),
        conclusion=conclusion,
        output={"title": title[:255], "summary": summary, **({"text": text} if text else {})},
        annotations=listed,
    )


def _digest(shown: list[Any]) -> str:
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def verdict_body(
    verdict: Verdict,
    policy: Policy,
    facts: Facts | None,
    extra: Sequence[check_annotations.Annotation] = (),
    pulls: tuple[int, ...] = (),
    *,
    group: bool = False,
    github_url: str = "",
) -> CheckRunBody:
    """Return the body for a verdict (a merge group's if `group`); the `extra` annotations come first."""
    state = ExternalId(
        pulls=pulls or ((verdict.pull,) if verdict.pull else ()),
        policy=_commit_of(verdict.policy_source),
        kind=verdict.kind,
        group=group,
        overridden=tuple(result.rule for result in verdict.findings if result.override),
    )
    return body(
        state,
        CONCLUSIONS.get(verdict.conclusion),
        verdict.title,
        check_page.summary(verdict, policy=policy, facts=facts, github_url=github_url),
        hidden_verdict.text(verdict),
        [*extra, *check_annotations.annotations(verdict)],
    )


def publish(
    client: Client,
    repo: str,
    sha: str,
    report: CheckRunBody,
    existing: ExistingCheckRun | None,
    *,
    now: datetime,
    force: bool = False,
    not_found: RecentCache[tuple[str, int], int] | None = None,
) -> PublishResult:
    """Write the check run on `sha`. `existing`: our existing run, as found by the evaluation's own read.

    GitHub can only add annotations to a run: existing ones are not sent again, and if they must change, a new run
    replaces the old one. `force`: write even if nothing changed, because GitHub shows a re-requested run as queued.
    `not_found`: number of consecutive updates of a run that GitHub answered with 404. If GitHub still lists such a run,
    it is replaced after `LOST_AFTER` of them; without this record, it is never replaced.
    """
    same = existing is not None and existing.external_id == str(report.external_id)
    if existing and same and not force and existing.completed == (report.conclusion is not None):
        return PublishResult.UNCHANGED
    first, *rest = portions(report.annotations, ANNOTATIONS_PER_REQUEST) or [()]
    if existing and existing.annotations:
        if ExternalId.parse(existing.external_id).lines == report.external_id.lines:
            first, rest = (), []
        else:
            existing = None
    request: dict[str, Any] = {
        "external_id": str(report.external_id),
        "output": _output(report, first),
        **_state(report, existing, now),
    }
    if existing is None:
        run, done = _create(client, repo, sha, request), PublishResult.CREATED
    else:
        run, done = existing.id, PublishResult.UPDATED
        not_found = RecentCache() if not_found is None else not_found
        times = not_found.get((repo, run)) or 0
        not_found.drop((repo, run))
        try:
            client.patch("/repos/{repo}/check-runs/{id}", request, repo=repo, id=run)
        except (RequestRefused, NotFound) as error:
            # Refused: for example, a completed run that can't be reopened. Not found: GitHub deleted it.
            if isinstance(error, NotFound) and times < LOST_AFTER:
                not_found.put((repo, run), times + 1)
                if existing_on(client, repo, sha):
                    why = f"GitHub lists a check run on {sha[:12]}, but does not find {run} to update."
                    raise NotFound(why) from None
            first, *rest = portions(report.annotations, ANNOTATIONS_PER_REQUEST) or [()]
            request["output"] = _output(report, first)
            run, done = _create(client, repo, sha, request), PublishResult.CREATED
    for batch in rest:
        client.patch("/repos/{repo}/check-runs/{id}", {"output": _output(report, batch)}, repo=repo, id=run)
    return done


def _create(client: Client, repo: str, sha: str, body: dict[str, Any]) -> int:
    made = client.post("/repos/{repo}/check-runs", {"name": CHECK_NAME, "head_sha": sha, **body}, repo=repo)
    return int(made["id"])


def _state(report: CheckRunBody, existing: ExistingCheckRun | None, now: datetime) -> dict[str, Any]:
    at = durations.timestamp(now)
    if report.conclusion is None:
        return {"status": "in_progress", "started_at": at}
    running = existing is not None and not existing.completed and existing.started_at is not None
    started = {} if running else {"started_at": at}
    return {"status": "completed", "conclusion": report.conclusion, "completed_at": at, "actions": BUTTONS, **started}


def _output(report: CheckRunBody, batch: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {**report.output, **({"annotations": batch} if batch else {})}


def _commit_of(source: str) -> str:
    """Return the commit of `acme/shop@1a2b...:.github/hotfix.yml`; `defaults` for the built-in defaults."""
    return source.partition("@")[2].partition(":")[0] or "defaults"


def app_check(existing: ExistingCheckRun | None) -> AppCheck:
    """Convert the App's check run on a commit for `hotfix.deploy_permission`."""
    if existing is None:
        return AppCheck()
    state = ExternalId.parse(existing.external_id)
    return AppCheck(
        conclusion=existing.conclusion if existing.completed else None,
        pulls=state.pulls,
        hotfix=state.kind is VerdictKind.HOTFIX,
        overridden=frozenset(state.overridden),
    )


def existing_on(client: Client, repo: str, sha: str) -> ExistingCheckRun | None:
    """Read this App's newest check run on a commit through the REST API, if no query has found it."""
    params: dict[str, Any] = {"check_name": CHECK_NAME, "filter": "latest", "per_page": 100}
    if client.app_id is not None:
        params["app_id"] = client.app_id
    runs = client.get("/repos/{repo}/commits/{sha}/check-runs", params=params, repo=repo, sha=sha)["check_runs"]
    if not runs:
        return None
    run = max(runs, key=lambda run: run["id"])
    return ExistingCheckRun(
        id=run["id"],
        completed=run["status"] == "completed",
        conclusion=run["conclusion"],
        external_id=run["external_id"] or "",
        started_at=datetime.fromisoformat(run["started_at"]) if run["started_at"] else None,
        annotations=run["output"]["annotations_count"],
    )
