"""The jobs that judge: one pull request, one merge group, whatever has one head."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from app import metrics
from app.job_context import Context, Done
from app.queue import jobs
from app.queue.job_table import Claimed
from app.queue.worker import FIRST_RETRY, back_off
from app.storage import pulls
from hotfix.finding import Status
from hotfix.github import evaluation
from hotfix.github.evaluation import Outcome, Published
from hotfix.github.read import pull_search as github_pulls
from hotfix.github.transport.errors import GitHubError, NotFound, TransientError
from hotfix.verdict import Conclusion, Kind

log = structlog.get_logger(part="verdict")

SHOWN_AFTER = 2
"""A pause is written on the check run from this attempt on, or when it is longer than a first retry's:
what GitHub merely does not show yet is over before anyone could read it."""
RETRIES = 10
"""How often what a rule could not tell is judged again by itself, each time later: for about five minutes; by then the
sweeps look at it too."""
MOVES = 3
"""How often a head that moves meanwhile is followed at once."""
UNKNOWN = "unknown"
"""No head is known yet: the first look only finds it."""


def judge(context: Context, job: Claimed) -> Done:
    """Judge one pull request at its newest head and publish the verdict."""
    repo, number = job.repo, int(job.args["number"])
    client, installation = context.client(repo, job.installation)
    with context.read() as connection:
        known = pulls.known(connection, repo, number)
        overrides = pulls.overrides_in(connection, repo)
    sha = known.head_sha if known else job.args.get("sha")
    likely = bool(job.args.get("likely", True)) or (known is not None and known.kind in pulls.HOTFIXES)
    seen_at = datetime.fromtimestamp(known.seen_at, UTC) if known and known.seen_at else None
    began = time.time()

    def at(head: str | None) -> Outcome:
        """Judge while nobody else writes the check of `head`. Where the head is another, nothing is written."""
        with context.lock(f"judge:{repo}#{number}", f"judge:{repo}@{head}"):
            with context.read() as connection:
                also = pulls.numbers_with_head(connection, repo, head) if head else ()
            try:
                return evaluation.judge_pull(
                    client, context.caches, repo, number,
                    now=context.now(), expect_sha=head, expect_updated_at=seen_at, overrides=overrides, likely=likely,
                    also=also, force=bool(job.args.get("force")), only_on=head or UNKNOWN,
                )  # fmt: skip
            except Exception as error:
                _say(context, job, client, number, head, error)
                raise

    outcome = at(sha)
    for _ in range(MOVES):
        if outcome.published is not Published.MOVED:
            break
        outcome = at(outcome.verdict.head_sha)
    if outcome.published is Published.MOVED:
        raise TransientError(f"The head of pull request #{number} moves faster than it can be judged.")
    context.budgets.saw(installation, outcome.rate_left)
    verdict = outcome.verdict
    note(job, repo, number, outcome, began)

    def record(connection: Connection) -> None:
        # Only a closed pull request's verdict is not published.
        open_ = outcome.published is not Published.NONE
        pulls.judged(connection, repo, number, installation, verdict, began=began, expected=sha, open_=open_)

    then = (*_ship(context, repo, number, installation, outcome, known), *again_soon(job, outcome))
    return Done(jobs=then, record=record)


def _ship(
    context: Context, repo: str, number: int, installation: int, outcome: Outcome, known: pulls.Known | None
) -> tuple[jobs.Job, ...]:
    """The policy's deploy workflow, where the verdict has turned to pass."""
    verdict, policy = outcome.verdict, context.policy(repo)
    passes = verdict.kind is Kind.HOTFIX and verdict.conclusion is Conclusion.PASS
    before = known is not None and known.judged_sha == verdict.head_sha and known.conclusion == Conclusion.PASS.value
    if not passes or before or outcome.published is Published.NONE or policy is None or policy.deploy.workflow is None:
        return ()
    return (jobs.dispatch(repo, number, installation, verdict.head_sha, policy.deploy.workflow),)


def again_soon(job: Claimed, outcome: Outcome) -> tuple[jobs.Job, ...]:
    """The same judging again, where a rule could not tell: GitHub may show what was not there yet. What a sweep wanted
    waits for the next sweep: there may be hundreds of those."""
    tried = int(job.args.get("tried") or 0)
    if (
        job.priority >= jobs.SWEPT
        or outcome.published is Published.NONE
        or not outcome.verdict.of(Status.UNKNOWN)
        or tried >= RETRIES
    ):
        return ()
    args = {name: value for name, value in job.args.items() if name != "force"}
    return (jobs.Job(kind=job.kind, key=job.key, args={**args, "tried": tried + 1}, delay=back_off(tried)),)


def _say(context: Context, job: Claimed, client: Any, number: int, sha: str | None, error: Exception) -> None:
    """Show on the check run that there is no verdict yet, whatever the reason: what it said before may be a pass.
    As well as may be, since GitHub is what fails."""
    retry_at = error.retry_at if isinstance(error, TransientError) else None
    long = retry_at is not None and retry_at.timestamp() - time.time() > FIRST_RETRY
    if sha is None or isinstance(error, NotFound) or not (job.attempts >= SHOWN_AFTER or long):
        return
    why = str(error) if isinstance(error, GitHubError) else "The service failed at judging this; its log says at what."
    again = retry_at or datetime.fromtimestamp(time.time() + back_off(job.attempts, lambda: 0.5), UTC)
    try:
        evaluation.could_not_tell(client, job.repo, number, sha, why, again, now=context.now())
    except GitHubError as second:
        log.info("the check run could not say so", reason=str(second), job=job.key)


def judge_group(context: Context, job: Claimed) -> Done:
    """Judge a merge group's pull requests again, on the group's head."""
    repo, sha, head_ref = job.repo, str(job.args["sha"]), str(job.args["head_ref"])
    number = github_pulls.of_merge_group(head_ref)
    if number is None:
        log.warning("a merge group of no pull request", repo=repo, head_ref=head_ref, delivery=job.cause)
        return Done()
    client, installation = context.client(repo, job.installation)
    with context.read() as connection:
        overrides = pulls.overrides_in(connection, repo)
    began = time.time()
    with context.lock(f"judge:{repo}@{sha}"):
        try:
            outcome = evaluation.judge_group(
                client, context.caches, repo, sha, head_ref, number, now=context.now(), overrides=overrides,
                force=bool(job.args.get("force")),
            )  # fmt: skip
        except Exception as error:
            _say(context, job, client, number, sha, error)
            raise
    context.budgets.saw(installation, outcome.rate_left)
    note(job, repo, number, outcome, began)
    return Done(jobs=again_soon(job, outcome))


def judge_sha(context: Context, job: Claimed) -> Done:
    """Judge every open pull request with this head."""
    repo, sha = job.repo, str(job.args["sha"])
    client, installation = context.client(repo, job.installation)
    with context.read() as connection:
        known = pulls.numbers_with_head(connection, repo, sha)
    # Of a commit that the default branch holds GitHub names merged pull requests only.
    numbers = sorted({*github_pulls.with_head(client, repo, sha), *known})
    force = bool(job.args.get("force"))
    return Done(jobs=tuple(jobs.judge(repo, number, installation, sha=sha, force=force) for number in numbers))


def note(job: Claimed, repo: str, number: int, outcome: Outcome, began: float) -> None:
    """One line and the metrics of a verdict."""
    verdict, now = outcome.verdict, time.time()
    metrics.verdicts.labels(verdict.kind.value, verdict.conclusion.value, outcome.published.value).inc()
    metrics.judging_seconds.observe(now - began)
    metrics.verdict_seconds.observe(max(0.0, now - job.wanted_at))
    metrics.judging_calls.observe(outcome.calls)
    log.info(
        "verdict",
        delivery=job.cause,
        repo=repo,
        pull=number,
        sha=verdict.head_sha,
        kind=verdict.kind.value,
        conclusion=verdict.conclusion.value,
        failed=list(verdict.failed_rules),
        published=outcome.published.value,
        duration_ms=round((now - began) * 1000, 1),
        since_wanted_ms=round((now - job.wanted_at) * 1000, 1),
        calls=outcome.calls,
        round_trips=outcome.round_trips,
        rate_left=outcome.rate_left,
    )
