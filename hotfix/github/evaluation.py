"""Evaluate one pull request: read the facts, apply the rules, publish the verdict. Two round trips when warm."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from hotfix import reviews
from hotfix.evaluate import evaluate
from hotfix.github.external_id import ExternalId
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.pull_facts import PullReading, gather
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.github.write.checks import check_run_writes as publishing
from hotfix.github.write.checks.check_run_writes import LastAttempt, PublishResult
from hotfix.github.write.pull import review_request
from hotfix.policy import PolicyError
from hotfix.render import check_annotations, check_page
from hotfix.verdict import Conclusion, Verdict, VerdictKind

__all__ = ["EvaluationOutcome", "EvaluationRequest", "PublishResult", "evaluate_pull_request", "publish_unknown"]

_WORST_LAST = (Conclusion.PASS, Conclusion.PENDING, Conclusion.UNKNOWN, Conclusion.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationOutcome:
    """The result of an evaluation, and the requests it took."""

    verdict: Verdict
    published: PublishResult
    calls: int
    """Number of requests sent to GitHub, reads and writes."""
    round_trips: int
    """Number of sequential rounds of requests."""
    rate_left: int | None
    """Requests left of the hourly rate limit: REST's or GraphQL's, whichever runs out first."""
    read: PullReading
    """The data that the verdict is based on."""


def evaluate_pull_request(
    request: EvaluationRequest,
    *,
    publish: bool = True,
    force: bool = False,
    only_on: str | None = None,
    after: LastAttempt = LastAttempt.NONE,
) -> EvaluationOutcome:
    """Evaluate a pull request at its head, or a merge group's pull requests at the group's, and publish the verdict.

    If another open pull request has the same head, or is in the same merge group, the check shows the worst verdict.

    `publish`: write the check run; the verdict of a closed pull request is never written.
    `force`: write it even if its content is unchanged, because a re-run was requested.
    `only_on`: the only head to publish on; for any other head, nothing is written (`PublishResult.MOVED`).
    `after`: how the previous attempt ended; a failed attempt may still have created the check run.
    Raises TransientError, NotPermitted, NotFound.
    """
    client = request.client.metered()
    request = replace(request, client=client)
    gathered = gather(request)
    publish = publish and bool(gathered.pull.open or request.target)
    if publish:
        gathered = _with_request(gathered)
    verdict = _verdict(gathered, request.now)
    done = PublishResult.NONE
    if publish:
        moved = only_on is not None and gathered.head_sha != only_on
        done = PublishResult.MOVED if moved else _publish(request, gathered, verdict, force, after)
    meter = client.meter
    return EvaluationOutcome(
        verdict=verdict,
        published=done,
        calls=meter.calls,
        round_trips=meter.round_trips,
        rate_left=meter.rate_left,
        read=gathered,
    )


def publish_unknown(
    client: Client, repo: str, number: int, sha: str, reason: str, retry_at: datetime | None, *, now: datetime
) -> PublishResult:
    """Publish an in-progress check run that says why there is no verdict yet and when the evaluation is retried.

    Raises TransientError if the check run can't be written either.
    """
    title, summary = check_page.unknown(reason, head_sha=sha, at=now, retry_at=retry_at)
    report = publishing.body(ExternalId(pulls=(number,), policy="unknown"), None, title, summary)
    existing = publishing.existing_on(client, repo, sha)
    return publishing.publish(client, repo, sha, report, existing, now=now)


def _with_request(gathered: PullReading) -> PullReading:
    """Return the reading with the review that is requested along with the verdict, so that the verdict can name it."""
    facts = gathered.facts
    if facts is None or facts.pull is None:
        return gathered
    request, _ = reviews.reviewers_to_request(facts)
    return replace(gathered, facts=replace(facts, pull=replace(facts.pull, requesting=request or "")))


def _verdict(gathered: PullReading, now: datetime) -> Verdict:
    known, number = gathered.policy, gathered.pull.number
    notes = []
    if known.error is not None:
        notes.append(_broken("The policy is invalid", known.error))
    if gathered.own_policy_error is not None:
        notes.append(_broken("This pull request's own policy is invalid", gathered.own_policy_error))
    if gathered.facts is not None:
        return replace(evaluate(gathered.facts, known.policy, known.source), note="\n\n".join(notes))
    return Verdict(
        kind=gathered.kind,
        conclusion=Conclusion.PASS if gathered.kind is VerdictKind.NOT_A_HOTFIX else Conclusion.FAIL,
        head_sha=gathered.head_sha,
        at=now,
        note="\n\n".join(notes),
        policy_source=known.source,
        policy_lines=tuple(problem.line for problem in known.error.problems) if known.error else (),
        repo=gathered.repo,
        pull=number,
        author=gathered.pull.author.login if gathered.pull.author else "",
        label=known.policy.label,
    )


def _broken(what: str, error: PolicyError) -> str:
    return "\n".join([f"{what}:", *(f"- {line}" for line in error.lines)])


def _publish(
    request: EvaluationRequest, gathered: PullReading, verdict: Verdict, force: bool, after: LastAttempt
) -> PublishResult:
    client, sha = request.client, request.target or gathered.head_sha
    extra = check_annotations.policy_annotations(gathered.own_policy_error) if gathered.own_policy_error else ()
    found = [(verdict, gathered)]
    for number in gathered.siblings:
        other = _sibling(request, number)
        if other and other.pull.open and (request.target or other.head_sha == gathered.head_sha):
            found.append((_verdict(other, request.now), other))
    pulls = tuple(sorted(each.pull.number for _, each in found))
    shown, of = max(found, key=lambda each: (_WORST_LAST.index(each[0].conclusion), -each[1].pull.number))
    group = request.target is not None
    if len(pulls) > 1:
        shared = _shared(pulls, shown, group=group)
        shown = replace(shown, note="\n\n".join(filter(None, [shared, shown.note])))
    report = publishing.verdict_body(
        shown, of.policy.policy, of.facts, extra, pulls, group=group, github_url=client.transport.web_url
    )
    existing = gathered.existing
    if after is not LastAttempt.NONE and existing is None:
        # An earlier attempt may have created one even if its response was lost or late.
        existing = publishing.existing_on(client, of.repo, sha)
    write = partial(publishing.publish, client, of.repo, sha, report, existing, now=request.now, force=force)
    alongside = review_request.writes(client, gathered.facts, gathered.policy.policy) if gathered.facts else []
    done, *others = client.gather(partial(write, not_found=request.caches.lost_runs), *alongside)
    published: PublishResult = done.result()
    for other_write in others:
        # Review requests are not part of the verdict: without the permission they are skipped.
        with contextlib.suppress(NotPermitted, NotFound):
            other_write.result()
    return published


def _sibling(request: EvaluationRequest, number: int) -> PullReading | None:
    """Read another pull request; None if it no longer exists."""
    try:
        return gather(request.of_another(number, target=request.target))
    except NotFound:
        return None


def _shared(pulls: Sequence[int], shown: Verdict, *, group: bool) -> str:
    numbers = " and ".join(f"#{number}" for number in pulls)
    what = f"This merge group holds {numbers}" if group else f"This commit is the head of {numbers}"
    return f"{what}. They share this check, which shows the worst result: that of #{shown.pull}."
