"""Permit a deployment only if the commit's pull request passes a fresh evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from action.deployment.previous_version import production_now
from action.runner.command_errors import DeploymentRefused, OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.deploy_permission import Decision, Permission, permission
from hotfix.facts import Production
from hotfix.finding import Status
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationRequest
from hotfix.github.read import people
from hotfix.github.read.pull import pull_search
from hotfix.github.read.pull.pull_facts import PullReading
from hotfix.github.read.pull.pull_queries import CHECK_NAME
from hotfix.github.write.checks import check_run_writes
from hotfix.verdict import Verdict, VerdictKind

PERMISSIONS = "contents: read, pull-requests: read, checks: read, deployments: read"
AGAIN = (
    "Run the job again. If a team could not be read, name the service's App in the policy ('app: ID'), name the people "
    "instead of their team, or pass a GitHub App's token: the job's own token reads no teams."
)


@dataclass(frozen=True, slots=True)
class DeploymentGround:
    """The grounds for a deployment: the pull request whose head passes, and what runs in production without it."""

    read: PullReading
    production: Production | None

    def previous_version(self, run: Run) -> Production | None:
        """Return what ran in production before the commit, or the version that the input `production-tag` names.

        None if nothing was ever released. Raises OutcomeUnknown if it is unknown, for example because its rule is off.
        """
        if run.inputs.production_tag:
            return production_now(run)
        if problem := self.read.facts.missing.get("production") if self.read.facts else None:
            raise OutcomeUnknown(f"What runs in production is not known: {problem}.", about="production-tag")
        return self.production


def permitted(run: Run, sha: str) -> DeploymentGround:
    """Return the grounds for deploying `sha` to production, from a fresh evaluation.

    The pull request must be open, or merged at that head. If the policy or the input `app` names the service's App, its
    check run must be a success as well. Raises DeploymentRefused if the verdict is not a pass, OutcomeUnknown if it is
    unknown.
    """
    with run.needs(PERMISSIONS):
        numbers = run.patiently(lambda: pull_search.of_head(run.client, run.repo, sha))
        if not numbers:
            raise DeploymentRefused(
                f"{sha[:12]} is not the head of an open or merged pull request, so no verdict can be a pass.",
                "Deploy the approved head of the hotfix pull request.",
            )
        grounds = [_ground(run, number, sha) for number in numbers]
    run.report.log(f"The verdict on {sha[:12]} is a pass (#{', #'.join(map(str, numbers))}, evaluated now)")
    return grounds[0]


def _ground(run: Run, number: int, sha: str) -> DeploymentGround:
    """Evaluate one pull request. Raises DeploymentRefused or OutcomeUnknown if its verdict permits no deployment."""
    verdict, read = run.patiently(lambda: _evaluate(run, number, sha))
    allowed = _permission(run, verdict, read, sha)
    if allowed.decision is not Decision.PERMITTED:
        raise _no(run, allowed, verdict)
    return DeploymentGround(read, verdict.production)


def _evaluate(run: Run, number: int, sha: str) -> tuple[Verdict, PullReading]:
    client = run.client.metered()
    client.app_id = _app(run)
    now = datetime.now(UTC)
    if run.has_job_token:
        people.leave_teams_unread(run.caches, run.repo, run.policy, now)
    request = EvaluationRequest(
        client=client, caches=run.caches, repo=run.repo, number=number, now=now, expect_sha=sha, likely=True
    )
    outcome = evaluation.evaluate_pull_request(request, publish=False)
    return outcome.verdict, outcome.read


def _permission(run: Run, verdict: Verdict, read: PullReading, sha: str) -> Permission:
    app = check_run_writes.app_check(read.existing) if _app(run) else None
    if app and read.existing is None and read.facts and "checks" in read.facts.missing:
        raise UsageError(
            f"The check {CHECK_NAME} on {sha[:12]} can't be read.",
            "Give the job 'permissions: {checks: read}'.",
            about="token",
        )
    return permission(verdict, sha, pull=read.pull, facts=read.facts, app=app)


def _app(run: Run) -> int | None:
    """Return the ID of the App whose check is required.

    The policy's takes precedence over the input, since the workflow may come from the hotfix branch.
    """
    return run.policy.app or run.inputs.app


def _no(run: Run, allowed: Permission, verdict: Verdict) -> DeploymentRefused | OutcomeUnknown:
    what = f"{allowed.reason[:1].upper()}{allowed.reason[1:]}."
    match allowed.decision:
        case Decision.UNKNOWN:
            return OutcomeUnknown(what, AGAIN if verdict.of(Status.UNKNOWN) else "Run the job again.")
        case Decision.PENDING:
            return DeploymentRefused(what, "Run the job again once that is done.")
        case _ if verdict.kind is VerdictKind.NOT_A_HOTFIX:
            return DeploymentRefused(what, f"Give the pull request the label '{run.policy.label}' if it is a hotfix.")
        case _:
            return DeploymentRefused(what, "Correct what it names first; the verdict follows the pull request's head.")


def unknown(verdict: Verdict) -> str:
    """Return the reasons why a verdict is unknown, as sentences."""
    findings = (f"{j.rule}: {j.finding.message}." for j in verdict.of(Status.UNKNOWN))
    return " ".join((f"{verdict.title}.", *findings))
