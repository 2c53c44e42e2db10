"""One deployment at a time: whoever made the oldest record under way deploys, everyone else follows or stops."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from action.runner.command_run import Run
from action.runner.errors import Failed, Refused, Unknown
from hotfix.github.transport.errors import NotPermitted
from hotfix.github.write import deployments, workflow_runs
from hotfix.github.write.deployments import Deployment

LONGEST_POLL = 10.0
"""Seconds between two looks at another run's deployment."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The deployment to go on with."""

    deployment: Deployment
    mine: bool
    """False when another run has done the same meanwhile, well."""


def take(
    run: Run,
    *,
    environment: str,
    production: bool,
    ref: str,
    sha: str,
    description: str,
    payload: dict[str, Any],
    done: Callable[[Deployment], Deployment | None],
) -> Claim:
    """Record a deployment of `sha`, or wait for the run that is deploying the very same.

    `done` finds the deployment, not the one given, by which another run did it since the caller looked. Raises Refused
    while another commit is being deployed, Failed when the run that was waited for failed.
    """
    context = run.context
    mark = {
        "version": 1,
        "key": secrets.token_hex(8),
        "run": context.run_id,
        "attempt": context.run_attempt,
        "job": context.job,
        "runner": context.runner,
        **payload,
    }

    def made() -> Deployment:
        for each in deployments.newest(run.client, run.repo, environment, sha=sha):
            if each.payload.get("key") == mark["key"]:
                return each
        return deployments.create(
            run.client,
            run.repo,
            ref=ref,
            environment=environment,
            production=production,
            description=description,
            payload=mark,
        )

    with run.needs("deployments: write"):
        while True:
            if other := _living(run, environment):
                if other.sha != sha or other.payload.get("kind") != payload["kind"]:
                    what = other.payload.get("tag") or other.sha[:12]
                    raise Refused(
                        f"{_who(run, other)} is deploying {what} to {environment}.",
                        "Wait for it or cancel it, then run this job again.",
                    )
                if _followed(run, other):
                    return Claim(other, mine=False)
                continue
            mine = run.patiently(made)
            first = _living(run, environment, mine)
            alone = first is None or first.id == mine.id
            winner = done(mine) if alone else first
            if winner is None:
                return Claim(mine, mine=True)
            mark["key"] = secrets.token_hex(8)
            run.patiently(
                lambda mine=mine, winner=winner: deployments.ensure_status(  # type: ignore[misc]
                    run.client, run.repo, mine.id, "inactive", f"Deployment {winner.id} was first"
                )
            )
            if alone:
                return Claim(winner, mine=False)


def _living(run: Run, environment: str, mine: Deployment | None = None) -> Deployment | None:
    """The oldest deployment under way whose run still goes; those whose run has ended are closed."""
    for each in run.patiently(lambda: deployments.under_way(run.client, run.repo, environment)):
        if (mine and each.id == mine.id) or not _ended(run, each):
            return each
        words = "Its run ended without a word: interrupted"
        run.patiently(
            lambda each=each, words=words: deployments.ensure_status(  # type: ignore[misc]
                run.client, run.repo, each.id, "error", words
            )
        )
    return None


def _ended(run: Run, other: Deployment) -> bool:
    """Has the run that made it ended? The steps of one job come one after the other: an earlier one's has."""
    mark, here = other.payload, run.context
    number, attempt = mark.get("run"), mark.get("attempt")
    if not isinstance(number, int) or not isinstance(attempt, int):
        return True
    if number == here.run_id:
        same_job = mark.get("job") == here.job and mark.get("runner") == here.runner
        return attempt < here.run_attempt or (attempt == here.run_attempt and same_job)
    try:
        return run.patiently(lambda: workflow_runs.run_ended(run.client, run.repo, number, attempt))
    except NotPermitted as error:
        raise Unknown(
            f"{_who(run, other)} may be deploying still; this job may not ask ({error}).",
            "Give the job 'permissions: {actions: read}'.",
            about="token",
        ) from None


def _followed(run: Run, other: Deployment) -> bool:
    """Wait for another run's deployment of the same. False when that run ended without finishing it."""
    run.report.tell(f"{_who(run, other)} is deploying the same commit already: waiting for it")
    pause = 1.0
    while True:
        status = run.patiently(lambda: deployments.latest_status(run.client, run.repo, other.id))
        if status.state == "success":
            return True
        if status.state in ("failure", "error"):
            raise Failed(f"{_who(run, other)} deployed the same commit and failed: {status.description}.")
        if not status.under_way or _ended(run, other):
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL)


def _who(run: Run, other: Deployment) -> str:
    return f"The run {run.context.server_url}/{run.repo}/actions/runs/{other.payload.get('run')}"
