"""`check`: the verdict by the same rules, for those who host no service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from action.deployment.private_clone import private_clone
from action.deployment.target import all_tags, production_now
from action.deployment.verdict_gate import AGAIN, unknown
from action.runner import user_commands
from action.runner.command_run import Run
from action.runner.errors import Failed, Unknown, UsageError
from hotfix import git, render
from hotfix.evaluate import evaluate
from hotfix.finding import Status
from hotfix.github import evaluation
from hotfix.github.read import pull_search
from hotfix.github.read.caches import Caches
from hotfix.policy import PATH
from hotfix.verdict import Conclusion, Kind, RuleResult, Verdict, conclude


def check(run: Run) -> None:
    """Judge the pull request of the event or of the commit; where there is none, the branch."""
    sha = run.sha
    with run.needs("contents: read, pull-requests: read, checks: read, deployments: read"):
        numbers = _numbers(run, sha)
        verdicts = [_of_pull(run, number) for number in numbers]
        if not verdicts:
            verdicts = [_of_branch(run, sha, run.context.branch)]
        elif run.inputs.production_tag:
            verdicts = [_together(_of_branch(run, *_head(run, sha, pull), pull=True), pull) for pull in verdicts]
    for verdict in verdicts:
        _tell(run, verdict)


def _numbers(run: Run, sha: str) -> list[int]:
    """The event's pull request, or all of a merge group's; else those with the commit as their head."""
    if pull := run.context.pull:
        return [int(pull["number"])]
    group = run.context.event.get("merge_group")
    if isinstance(group, dict) and pull_search.of_merge_group(ref := str(group.get("head_ref"))):
        route, queue = "/repos/{repo}/git/matching-refs/{path}", f"{ref.removeprefix('refs/').rpartition('/')[0]}/"
        there = run.patiently(lambda: run.client.get(route, repo=run.repo, path=queue))
        return pull_search.in_merge_group({each["ref"]: each["object"]["sha"] for each in there}, ref)
    return run.patiently(lambda: pull_search.with_head(run.client, run.repo, sha))


def _of_pull(run: Run, number: int) -> Verdict:
    return run.patiently(
        lambda: evaluation.judge_pull(run.client, Caches(), run.repo, number, now=datetime.now(UTC), publish=False)
    ).verdict


def _head(run: Run, sha: str, verdict: Verdict) -> tuple[str, str | None]:
    """The commit and the branch to judge: a merge queue asks about a merge of them, on a branch of its own."""
    if "merge_group" not in run.context.event:
        return sha, run.context.branch
    route = "/repos/{repo}/pulls/{number}"
    head = run.patiently(lambda: run.client.get(route, repo=run.repo, number=verdict.pull))["head"]
    return head["sha"], head["ref"]


_READ_THE_PULL = frozenset({"severity", "one-thing", "spec", "scope", "tests"})
"""Rules that the pull request's body, labels or checks can fail, though the branch alone passes."""
_BAD = (Status.FAILED, Status.UNKNOWN, Status.PENDING)


def _together(branch: Verdict, pull: Verdict) -> Verdict:
    """Judged against the production tag that was named; what only the pull request has is judged there."""
    if pull.kind is not Kind.HOTFIX:
        return pull
    there = {judged.rule: judged for judged in pull.findings}
    findings = tuple(_worse(j, there.get(j.rule)) for j in branch.findings)
    return replace(branch, findings=findings, conclusion=conclude(findings), pull=pull.pull)


def _worse(here: RuleResult, there: RuleResult | None) -> RuleResult:
    if there is None:
        return here
    if here.status is Status.NOT_EVALUATED:
        return there
    return there if here.rule in _READ_THE_PULL and here.status is Status.PASSED and there.status in _BAD else here


def _of_branch(run: Run, sha: str, name: str | None, *, pull: bool = False) -> Verdict:
    """What only GitHub knows of a pull request (title, review) is not judged. `pull`: one is judged beside it."""
    production = production_now(run, all_tags(run))
    base = run.inputs.base or (str(run.context.pull["base"]["ref"]) if run.context.pull else run.default_branch)
    if not pull:
        run.report.notice("Judged as a branch: what only a pull request has (title, review) is not judged.")
    with private_clone(run, sha) as clone:
        try:
            facts = git.read(
                clone,
                policy=run.policy,
                now=datetime.now(UTC),
                base=base,
                tag=production.tag if production else None,
                head=name,
            )
        except git.GitError as error:
            raise UsageError(f"{error.sentence}.", about="base" if base in error.sentence else "sha") from None
    return evaluate(facts, run.policy, f"{run.repo}:{PATH}")


def _tell(run: Run, verdict: Verdict) -> None:
    report = run.report
    report.output("verdict", verdict.conclusion)
    report.output("failed-rules", ",".join(verdict.failed_rules))
    what = f"#{verdict.pull}" if verdict.pull else run.context.branch or "the commit"
    report.tell(f"{what} at {verdict.head_sha[:12]}: {verdict.title}")
    for line in render.github_commands(verdict):
        user_commands.say(line)
    report.details.append(render.summary(verdict))
    match verdict.conclusion:
        case Conclusion.PASS:
            return
        case Conclusion.UNKNOWN:
            raise Unknown(unknown(verdict), AGAIN)
        case Conclusion.FAIL | Conclusion.PENDING:
            raise Failed(f"{verdict.title}.", "The summary names what mends it.")
