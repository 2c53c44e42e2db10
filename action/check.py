"""`check`: the verdict by the same rules, for those who host no service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from action import shell
from action.errors import Failed, Unknown, UsedWrongly
from action.private_clone import private_clone
from action.run import Run
from action.target import all_tags, production_now
from action.verdict_gate import AGAIN, unknown
from hotfix import git, render
from hotfix.finding import Status
from hotfix.github import judging, pulls
from hotfix.github.caches import Caches
from hotfix.judge import judge
from hotfix.policy import PATH
from hotfix.verdict import Conclusion, Kind, Verdict, conclude


def check(run: Run) -> None:
    """Judge the pull request of the event or of the commit; where there is none, the branch."""
    sha = run.sha
    with run.needs("contents: read, pull-requests: read, checks: read, deployments: read"):
        numbers = _numbers(run, sha)
        verdicts = [_of_pull(run, number) for number in numbers]
        if run.inputs.production_tag or not verdicts:
            branch = _of_branch(run, sha, judged=bool(verdicts))
            verdicts = [_together(branch, pull) for pull in verdicts] or [branch]
    for verdict in verdicts:
        _tell(run, verdict)


def _numbers(run: Run, sha: str) -> list[int]:
    """The pull request of the event, also where a merge queue asks; else those with the commit as their head."""
    if pull := run.context.pull:
        return [int(pull["number"])]
    group = run.context.event.get("merge_group")
    if isinstance(group, dict) and (number := pulls.of_merge_group(str(group.get("head_ref")))):
        return [number]
    return run.patiently(lambda: pulls.with_head(run.client, run.repo, sha))


def _of_pull(run: Run, number: int) -> Verdict:
    return run.patiently(
        lambda: judging.judge_pull(run.client, Caches(), run.repo, number, now=datetime.now(UTC), publish=False)
    ).verdict


def _together(branch: Verdict, pull: Verdict) -> Verdict:
    """Judged against the production tag that was named; what only the pull request has is judged there."""
    if pull.kind is not Kind.HOTFIX:
        return pull
    there = {judged.rule: judged for judged in pull.findings}
    findings = tuple(there[j.rule] if j.status is Status.NOT_JUDGED and j.rule in there else j for j in branch.findings)
    return replace(branch, findings=findings, conclusion=conclude(findings), pull=pull.pull)


def _of_branch(run: Run, sha: str, *, judged: bool) -> Verdict:
    """What only GitHub knows of a pull request (title, review) is not judged. `judged`: it was."""
    production = production_now(run, all_tags(run))
    base = run.inputs.base or (str(run.context.pull["base"]["ref"]) if run.context.pull else run.default_branch)
    if not judged:
        run.report.notice("Judged as a branch: what only a pull request has (title, review) is not judged.")
    with private_clone(run, sha) as clone:
        try:
            facts = git.read(
                clone,
                policy=run.policy,
                now=datetime.now(UTC),
                base=base,
                tag=production.tag if production else None,
                head=run.context.branch,
            )
        except git.GitError as error:
            raise UsedWrongly(f"{error.sentence}.", about="base" if base in error.sentence else "sha") from None
    return judge(facts, run.policy, f"{run.repo}:{PATH}")


def _tell(run: Run, verdict: Verdict) -> None:
    report = run.report
    report.output("verdict", verdict.conclusion)
    report.output("failed-rules", ",".join(verdict.failed_rules))
    what = f"#{verdict.pull}" if verdict.pull else run.context.branch or "the commit"
    report.tell(f"{what} at {verdict.head_sha[:12]}: {verdict.title}")
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
