"""`check`: evaluate the pull request with the same rules, without a service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from action.deployment.previous_version import production_now
from action.deployment.private_clone import private_clone
from action.deployment.verdict_gate import AGAIN, PERMISSIONS, unknown
from action.runner import user_commands
from action.runner.command_errors import CommandFailed, OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix import git
from hotfix.evaluate import evaluate
from hotfix.facts import Facts
from hotfix.github import evaluation
from hotfix.github.evaluation import EvaluationRequest
from hotfix.github.read import git_refs
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull import pull_search
from hotfix.policy import PATH
from hotfix.render import check_page, workflow_commands
from hotfix.verdict import Conclusion, Verdict


def check(run: Run) -> None:
    """Evaluate the pull request of the event or of the commit, or the branch if there is none."""
    sha = run.sha
    with run.needs(PERMISSIONS):
        numbers = _numbers(run, sha)
        verdicts = [_of_pull(run, number) for number in numbers] or [_of_branch(run, sha)]
    for verdict, facts in verdicts:
        _report_verdict(run, verdict, facts)


def _numbers(run: Run, sha: str) -> list[int]:
    """Return the event's pull request, those of its merge group, or otherwise those with the commit as their head."""
    if pull := run.context.pull:
        return [int(pull["number"])]
    group = run.context.event.get("merge_group")
    if isinstance(group, dict) and pull_search.of_merge_group(ref := str(group.get("head_ref"))):
        queue = run.patiently(lambda: git_refs.beginning_with(run.client, run.repo, f"{ref.rpartition('/')[0]}/"))
        return pull_search.in_merge_group(queue, ref)
    return run.patiently(lambda: pull_search.with_head(run.client, run.repo, sha))


def _of_pull(run: Run, number: int) -> tuple[Verdict, Facts | None]:
    request = EvaluationRequest(client=run.client, caches=Caches(), repo=run.repo, number=number, now=datetime.now(UTC))
    outcome = run.patiently(lambda: evaluation.evaluate_pull_request(request, publish=False))
    facts = outcome.read.facts
    if facts is None or not run.inputs.production_tag:
        return outcome.verdict, facts
    clone = _facts_of_clone(run, facts.head_sha, facts.branches.head, facts.branches.base or run.default_branch)
    known = {commit.sha: commit for commit in facts.commits}
    against_tag = replace(
        facts,
        production=clone.production,
        branches=clone.branches,
        commits=tuple(known.get(commit.sha, commit) for commit in clone.commits),
        files=clone.files,
        dependency_review=None,
        missing={name: why for name, why in facts.missing.items() if name not in _OF_PRODUCTION} | dict(clone.missing),
    )
    return replace(evaluate(against_tag, run.policy, f"{run.repo}:{PATH}"), pull=number), against_tag


_OF_PRODUCTION = frozenset({"production", "branches", "commits", "files", "authors"})
"""Facts that depend on what runs in production. If a production tag is given, they are read from the clone."""


def _of_branch(run: Run, sha: str) -> tuple[Verdict, Facts]:
    """Evaluate a branch from a clone, without the facts that only a pull request has (title, review)."""
    run.report.notice("Evaluated as a branch, without the rules that need a pull request (title, review).")
    base = run.inputs.base or (str(run.context.pull["base"]["ref"]) if run.context.pull else run.default_branch)
    facts = _facts_of_clone(run, sha, run.context.branch, base)
    return evaluate(facts, run.policy, f"{run.repo}:{PATH}"), facts


def _facts_of_clone(run: Run, sha: str, name: str | None, base: str) -> Facts:
    production = production_now(run)
    with private_clone(run, sha) as clone:
        try:
            return git.read(
                clone,
                policy=run.policy,
                now=datetime.now(UTC),
                base=base,
                tag=production.tag if production else None,
                head=name,
            )
        except git.GitError as error:
            raise UsageError(f"{error.sentence}.", about="base" if base in error.sentence else "sha") from None


def _report_verdict(run: Run, verdict: Verdict, facts: Facts | None) -> None:
    report = run.report
    report.output("verdict", verdict.conclusion)
    report.output("failed-rules", ",".join(verdict.failed_rules))
    what = f"#{verdict.pull}" if verdict.pull else run.context.branch or "the commit"
    report.log(f"{what} at {verdict.head_sha[:12]}: {verdict.title}")
    for line in workflow_commands.github_commands(verdict):
        user_commands.say(line)
    summary = check_page.summary(verdict, policy=run.policy, facts=facts, github_url=run.context.server_url)
    report.details.append(summary)
    match verdict.conclusion:
        case Conclusion.PASS:
            return
        case Conclusion.UNKNOWN:
            raise OutcomeUnknown(unknown(verdict), AGAIN)
        case Conclusion.FAIL | Conclusion.PENDING:
            raise CommandFailed(f"{verdict.title}.", "The summary shows how to fix it.")
