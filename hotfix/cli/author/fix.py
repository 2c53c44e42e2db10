"""`hotfix check --fix`: the fixes that need no person, shown first, applied after one confirmation, easy to undo."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hotfix.cli import questions
from hotfix.cli.author.check import CloneEvaluation, evaluate_clone
from hotfix.cli.author.work_tree import under_way
from hotfix.cli.clone import opened
from hotfix.cli.errors import CannotGoOn
from hotfix.cli.show import show
from hotfix.git import Repo
from hotfix.git.process import Failed, environment, run
from hotfix.text.escaping import printable
from hotfix.verdict import RuleResult

_BACKUP = "refs/hotfix/backup"
_ABORT = ("rebase", "cherry-pick")


def fix_clone(
    here: Path, *, base: str | None, tag: str | None, policy_file: Path | None, yes: bool, verbose: bool
) -> int:
    """Apply the fixes one rule after the other, each on what the one before left; print the verdict on the result."""
    repo = opened(here)
    if busy := under_way(repo):
        raise CannotGoOn(f"{busy.partition(':')[0].lower()}: finish or abort it first (`git status` says how).")

    def evaluated() -> CloneEvaluation:
        return evaluate_clone(opened(here), base=base, tag=tag, policy_file=policy_file)

    found = evaluated()
    planned = [result.rule for result in _fixable(found)]
    if planned and not found.repo.branch:
        raise CannotGoOn("no branch is checked out: run `git switch BRANCH` first.")
    if planned and _agreed(found, yes):
        backup = _back_up(repo)
        print(f"Undo with: git reset --keep {backup}")
        print("Files that were taken out are in `git stash list`.\n")
        done: set[str] = set()
        while result := next((r for r in _fixable(found) if r.rule in planned and r.rule not in done), None):
            _apply(repo, result, backup)
            done.add(result.rule)
            found = evaluated()
    elif not planned:
        print("Nothing that fails can be fixed without you.\n")
    return show(found.verdict, "text", found.branch, next_command=found.next_command, verbose=verbose)


def _fixable(found: CloneEvaluation) -> Iterator[RuleResult]:
    """Yield the results that don't pass and have a fix, in the order of the rules."""
    return (result for result in found.verdict.findings if result.finding.fix and not result.override)


def _agreed(found: CloneEvaluation, yes: bool) -> bool:
    print("The fixes:")
    for result in _fixable(found):
        print(f"\n  {result.rule}: {printable(result.finding.message)}")
        for command in result.finding.fix:
            print(f"    {printable(command)}")
    print("\nA later fix is adapted to what an earlier one leaves. Nothing is pushed.")
    if yes:
        return True
    if not questions.can_ask():
        raise CannotGoOn("nothing was changed, as nobody can be asked here: confirm with --yes.")
    if questions.confirm("Apply them?"):
        return True
    print("Nothing was changed.\n")
    return False


def _back_up(repo: Repo) -> str:
    """Keep the head under a ref of its own, so that no later clean-up of git's can remove it."""
    number = len(run(repo.root, "for-each-ref", "--format=.", f"{_BACKUP}/{repo.branch}").split()) + 1
    ref = f"{_BACKUP}/{repo.branch}/{number}"
    run(repo.root, "update-ref", ref, repo.head_sha)
    return shlex.quote(ref)


def _apply(repo: Repo, result: RuleResult, backup: str) -> None:
    for command in result.finding.fix:
        done = subprocess.run(
            ["sh", "-c", command], cwd=repo.root, env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            aborted = " and was taken back" if _abort(repo) else ""
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            why = f" ({printable(said[0])})" if said else ""
            raise CannotGoOn(
                f"the fix of {result.rule} stopped at `{printable(command)}`{why}{aborted}: run its commands yourself, "
                f"or undo everything with `git reset --keep {backup}`."
            )


def _abort(repo: Repo) -> bool:
    """Take back what stopped halfway; return whether there was something."""
    for command in _ABORT:
        try:
            run(repo.root, command, "--abort")
        except Failed:
            continue
        return True
    return False
