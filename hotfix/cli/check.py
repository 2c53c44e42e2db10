"""`hotfix check`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hotfix import git
from hotfix.cli.clone import because, opened, policy_text
from hotfix.cli.errors import CannotGoOn
from hotfix.cli.show import show
from hotfix.git import GitError, Repo
from hotfix.judge import judge
from hotfix.policy import PATH, PolicyError, load
from hotfix.render.github import command
from hotfix.text import one_line
from hotfix.verdict import Conclusion, Kind, Verdict


def check_clone(here: Path, *, base: str | None, tag: str | None, format: str) -> int:
    """Judge the current branch. Raises CannotGoOn where the clone's state keeps that from being done."""
    try:
        repo = opened(here)
        verdict, branch = _verdict(repo, base, tag)
    except CannotGoOn as error:
        if format == "github":
            print(command("error", one_line(str(error)), title="hotfix: could not tell"))
        raise
    return show(verdict, format, branch or "a detached HEAD")


def _verdict(repo: Repo, base: str | None, tag: str | None) -> tuple[Verdict, str]:
    now = datetime.now(UTC)
    text, source = policy_text(repo)
    try:
        policy = load(text, PATH)
    except PolicyError as error:
        broken = Verdict(
            kind=Kind.BROKEN_POLICY,
            conclusion=Conclusion.FAIL,
            head_sha=repo.head_sha,
            at=now,
            note="\n".join(error.lines),
            policy_source=source,
        )
        return broken, repo.branch
    try:
        facts = git.read(repo.root, policy=policy, now=now, base=base, tag=tag)
    except GitError as error:
        raise because(error) from None
    return judge(facts, policy, source), facts.branches.head
