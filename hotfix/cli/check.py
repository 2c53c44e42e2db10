"""`hotfix check`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hotfix import git
from hotfix.cli.clone import opened, policy_text, to_command_error
from hotfix.cli.show import show
from hotfix.cli.unknown import told
from hotfix.cli.work_tree import remark, uncommitted, under_way
from hotfix.evaluate import evaluate
from hotfix.git import GitError, Repo
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.verdict import Conclusion, Kind, Verdict


def check_clone(here: Path, *, base: str | None, tag: str | None, format: str) -> int:
    """Judge the current branch. Raises CannotGoOn where the clone's state keeps that from being done."""
    with told(format):
        verdict, branch, left = _verdict(opened(here), base, tag)
    return show(verdict, format, branch or "a detached HEAD", uncommitted=list(left))


def _verdict(repo: Repo, base: str | None, tag: str | None) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict on HEAD, the branch's name, and the paths that are not judged because they aren't committed."""
    now = datetime.now(UTC)
    text, source = policy_text(repo)
    broken: PolicyError | None = None
    try:
        policy = load(text, PATH)
    except PolicyError as error:
        policy, broken = Policy(), error
    try:
        if broken is not None:
            verdict, branch = _broken(broken, repo, now, source), repo.branch
        else:
            facts = git.read(repo, policy=policy, now=now, base=base, tag=tag)
            verdict, branch = evaluate(facts, policy, source), facts.branches.head
        left = uncommitted(repo, policy, branch)
    except GitError as error:
        raise to_command_error(error) from None
    doubt = verdict.production.doubt if verdict.production else ""
    notes = (verdict.note, doubt, under_way(repo), remark(left))
    return replace(verdict, note="\n".join(note for note in notes if note)), branch, left


def _broken(error: PolicyError, repo: Repo, now: datetime, source: str) -> Verdict:
    return Verdict(
        kind=Kind.BROKEN_POLICY,
        conclusion=Conclusion.FAIL,
        head_sha=repo.head_sha,
        at=now,
        note="\n".join(error.lines),
        policy_source=source,
    )
