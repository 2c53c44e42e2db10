"""The `commits` rule: every commit message follows the format that on-call engineers rely on."""

from __future__ import annotations

import shlex

from hotfix import message, spec
from hotfix.facts import Commit, Facts
from hotfix.finding import Finding, failed, passed, unknown
from hotfix.message import MessagePart, MessageProblem
from hotfix.remedies import rebase
from hotfix.rules.base import Rule, RuleOptions, few
from hotfix.rules.one_thing import namings
from hotfix.rules.severity import declared
from hotfix.text import issue_references

_SUGGESTED = 5
"""Maximum number of corrected messages in a finding."""


class CommitsOptions(RuleOptions):
    """Options of the `commits` rule."""


def check(facts: Facts, options: CommitsOptions) -> Finding:
    """Fail with the problems of each commit message, and suggest corrected messages."""
    commits = facts.own_commits
    unread = facts.missing.get("commits")
    if not commits:
        if unread:
            return unknown(f"The commits could not be read: {unread}")
        return failed(
            "The branch has no commit of its own",
            "Commit the fix",
            commands=("git commit",),
            suggestion=message.template(
                issue=one_issue(facts), severity=declared(facts), rollback=planned_rollback(facts)
            ),
        )
    bad = [(commit, found) for commit in commits if (found := _problems(commit))]
    if bad:
        return _failed(facts, bad)
    if unread:
        return unknown(f"Not every commit could be read: {unread}")
    count = "The commit follows" if len(commits) == 1 else f"All {len(commits)} commits follow"
    return passed(f"{count} the format")


def _problems(commit: Commit) -> list[MessageProblem]:
    if commit.is_merge:
        return [MessageProblem(MessagePart.MERGE, "a hotfix branch must not contain merge commits", 1)]
    return message.problems(commit.message)


def _failed(facts: Facts, bad: list[tuple[Commit, list[MessageProblem]]]) -> Finding:
    commit, problems = bad[0]
    said = few(list(dict.fromkeys(problem.message for problem in problems)), "; ")
    remediation, commands = _remediation(facts, bad)
    return failed(
        f"In commit {commit.sha[:7]}{_others(len(bad) - 1, len(facts.own_commits) - 1)}, {said}",
        remediation,
        commands=commands,
        details=tuple(dict.fromkeys(f"{c.sha[:7]} “{c.subject[:72]}”: {p.message}" for c, found in bad for p in found)),
        suggestion=_suggestion(facts, bad),
    )


def _others(bad: int, others: int) -> str:
    """Return how many of the other commits are wrong as well, in parentheses; empty if none are."""
    if bad < others:
        return f" (and {bad} of the other {others} commits)" if bad else ""
    return f" (and the other {others} commits)" if others > 1 else " (and the other commit)" if others else ""


def _remediation(facts: Facts, bad: list[tuple[Commit, list[MessageProblem]]]) -> tuple[str, tuple[str, ...]]:
    push = rebase.push(facts)
    parts = {p.part for _, found in bad for p in found}
    if MessagePart.MERGE in parts:
        return "Remove the merge commits: replay your own commits on the production tag", _replay(facts)
    if [c.sha for c, _ in bad] == [facts.head_sha] and MessagePart.AUTOSQUASH not in parts:
        return "Correct the message of the last commit in the editor that opens", (rebase.REWORD, *push)
    words = "Squash the fixup commits" if MessagePart.AUTOSQUASH in parts else "Mark these commits `reword`"
    if MessagePart.AUTOSQUASH in parts and len(parts) > 1:
        words += ", mark the others `reword`"
    return f"{words} and correct the messages", (rebase.interactive(facts, f"--autosquash {_start(facts)}"), *push)


def _replay(facts: Facts) -> tuple[str, ...]:
    """Return the same rebase as the `branch` rule, which drops merge commits and the commits that they merged."""
    if facts.production:
        return rebase.published(facts, rebase.commands(facts, facts.production))
    start = _start(facts)
    return f"git rebase --autostash --onto {start} {start} {shlex.quote(facts.branches.head)}", *rebase.push(facts)


def _start(facts: Facts) -> str:
    """Return the parent revision of the branch's first commit."""
    if facts.production:
        return shlex.quote(facts.production.revision)
    first = facts.own_commits[0]
    return first.parents[0] if first.parents else "--root"


def one_issue(facts: Facts) -> str | None:
    """Return the issue, if all places that name any issue name the same one."""
    named = {issue for n in namings(facts) for issue in n.issues}
    return issue_references.shown(named.pop(), facts.repo) if len(named) == 1 else None


def planned_rollback(facts: Facts) -> str | None:
    """Return the spec's rollback plan as one line; None if there is none, or if it could not be read."""
    found = spec.find(facts)
    return found.spec.rollback if found else None


def _suggestion(facts: Facts, bad: list[tuple[Commit, list[MessageProblem]]]) -> str:
    """Return the corrected messages; if there are several, each follows a comment line with its commit."""
    issue, severity, rollback = one_issue(facts), declared(facts), planned_rollback(facts)
    texts = [
        (commit, message.corrected(commit.message, issue=issue, severity=severity, rollback=rollback))
        for commit, problems in bad
        if not {MessagePart.MERGE, MessagePart.AUTOSQUASH} & {p.part for p in problems}
    ][:_SUGGESTED]
    if len(texts) == 1:
        return texts[0][1]
    return "\n".join(f"# {commit.sha[:7]}\n{text}" for commit, text in texts)


RULE = Rule(
    id="commits",
    summary="passes when every commit names its issue, severity, changes, tests and rollback",
    options=CommitsOptions,
    check=check,
)
