"""`check`: the verdict by the same rules, for those who host no service."""

from __future__ import annotations

from datetime import UTC, datetime

from action import shell
from action.errors import Failed, Unknown, UsedWrongly
from action.run import Run
from action.verdict_gate import AGAIN, unknown
from hotfix import render
from hotfix.github import judging, pulls
from hotfix.github.caches import Caches
from hotfix.verdict import Conclusion, Verdict


def check(run: Run) -> None:
    """Judge the pull request of the event, or the one whose head the commit is."""
    sha = run.sha
    with run.needs("contents: read, pull-requests: read, checks: read, deployments: read"):
        pull = run.context.pull
        numbers = [int(pull["number"])] if pull else run.patiently(lambda: pulls.with_head(run.client, run.repo, sha))
        if not numbers:
            raise UsedWrongly(f"No open pull request has the head {sha[:12]}.", "Open one first.", about="sha")
        verdicts = [
            run.patiently(
                lambda number=number: judging.judge_pull(  # type: ignore[misc]
                    run.client, Caches(), run.repo, number, now=datetime.now(UTC), publish=False
                )
            ).verdict
            for number in numbers
        ]
    for verdict in verdicts:
        _tell(run, verdict)


def _tell(run: Run, verdict: Verdict) -> None:
    report = run.report
    report.output("verdict", verdict.conclusion)
    report.output("failed-rules", ",".join(verdict.failed_rules))
    report.tell(f"#{verdict.pull} at {verdict.head_sha[:12]}: {verdict.title}")
    for line in render.github_commands(verdict):
        shell.say(line)
    report.details.append(render.summary(verdict))
    match verdict.conclusion:
        case Conclusion.PASS:
            return
        case Conclusion.UNKNOWN:
            raise Unknown(unknown(verdict), AGAIN)
        case Conclusion.FAIL | Conclusion.WAITING:
            raise Failed(f"{verdict.title}.", "The summary names what mends it.")
