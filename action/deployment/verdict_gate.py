"""Is the commit's verdict a pass? By the service's check run; where there is none, judged here by the same rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from action.runner.command_run import Run
from action.runner.errors import Refused, Unknown
from hotfix.finding import Status
from hotfix.github import evaluation
from hotfix.github.read import pull_search
from hotfix.github.read.caches import Caches
from hotfix.github.transport.errors import NotFound, TransientError
from hotfix.verdict import NOT_A_HOTFIX, Conclusion, Kind, Verdict

CHECK = "hotfix"
_JOBS = "github-actions"
"""The app whose check runs are a workflow's jobs: a job named `hotfix` is nobody's verdict."""
AGAIN = (
    "Run the job again; where a team could not be read, name its people in the policy or pass a GitHub App's token: "
    "the job's own sees no teams."
)


def _check_runs(run: Run, sha: str) -> list[dict[str, Any]]:
    with run.needs("checks: read"):
        try:
            found = run.client.pages(
                "/repos/{repo}/commits/{sha}/check-runs",
                params={"check_name": CHECK, "filter": "latest"},
                key="check_runs",
                repo=run.repo,
                sha=sha,
            )
            return [check for check in found if (check.get("app") or {}).get("slug") != _JOBS]
        except NotFound:
            return []
        except TransientError as error:
            raise Unknown(str(error), "Run the job again.") from None


def not_failed(run: Run, sha: str) -> None:
    """Raises Refused when the service has said no to this commit. No word from it is no no."""
    for check in _check_runs(run, sha):
        if check["status"] == "completed" and check["conclusion"] != "success":
            raise Refused(*_no(check, sha))


def passed(run: Run, sha: str) -> str:
    """How it is known that the verdict is a pass. Raises Refused when it is none, Unknown when there is none yet."""
    checks = _check_runs(run, sha)
    for check in checks:
        title = (check.get("output") or {}).get("title") or ""
        if check["status"] != "completed":
            raise Unknown(f"The check {CHECK} has not concluded on {sha[:12]}: {title}", "Run it again when it has.")
        if check["conclusion"] != "success":
            raise Refused(*_no(check, sha))
        if title == NOT_A_HOTFIX:
            raise Refused(
                f"The pull request of {sha[:12]} is not a hotfix.", f"Give it the label '{run.policy.label}'."
            )
    if checks:
        return f"by the check {CHECK}"
    return _judged(run, sha)


def _judged(run: Run, sha: str) -> str:
    with run.needs("contents: read, pull-requests: read, checks: read, deployments: read"):
        numbers = run.patiently(lambda: pull_search.with_head(run.client, run.repo, sha))
        if not numbers:
            raise Refused(
                f"No open pull request has the head {sha[:12]}, so no verdict can be a pass.",
                "Deploy the approved head of the hotfix pull request.",
            )
        for number in numbers:
            outcome = run.patiently(
                lambda number=number: evaluation.judge_pull(  # type: ignore[misc]
                    run.client, Caches(), run.repo, number, now=datetime.now(UTC), expect_sha=sha, publish=False
                )
            )
            verdict = outcome.verdict
            where = f"#{number} at {sha[:12]}"
            if verdict.head_sha != sha:
                raise Refused(f"#{number} moved on to {verdict.head_sha[:12]}.", "Deploy the head that is approved.")
            if verdict.conclusion is Conclusion.UNKNOWN:
                raise Unknown(f"The verdict on {where} could not be told: {unknown(verdict)}", AGAIN)
            if verdict.kind is not Kind.HOTFIX or verdict.conclusion is not Conclusion.PASS:
                raise Refused(f"The verdict on {where} is no pass: {verdict.title}.", "Mend what it names first.")
    return f"judged here, #{', #'.join(map(str, numbers))}"


def unknown(verdict: Verdict) -> str:
    """Why a verdict could not be told, in sentences."""
    findings = (f"{j.rule}: {j.finding.message}." for j in verdict.of(Status.UNKNOWN))
    return " ".join((f"{verdict.title}.", *findings))


def _no(check: dict[str, Any], sha: str) -> tuple[str, str]:
    title = (check.get("output") or {}).get("title") or str(check["conclusion"])
    return f"The verdict on {sha[:12]} is no pass: {title}.", f"See {check.get('html_url') or 'the check hotfix'}."
