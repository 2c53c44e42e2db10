"""Run `hotfix check --fix`: show the automatic fixes, apply them, and print how to undo them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix.cli import github_access
from hotfix.cli.author.bound_script import BACKUP
from hotfix.cli.author.check import CloneEvaluation, evaluate_clone, no_hotfix
from hotfix.cli.author.submit import labels as required_labels
from hotfix.cli.author.work_tree import examine_under_way
from hotfix.cli.clone import opened, to_command_error
from hotfix.cli.console import questions
from hotfix.cli.console.exit_status import FAILED, CommandError
from hotfix.cli.console.printing import print_wrapped, say, width, wrapped
from hotfix.cli.console.verdict_output import show
from hotfix.git import GitError, Repo
from hotfix.git.process import GitFailed, decoded, environment, run
from hotfix.remedies.restore_files import AMEND
from hotfix.text.escaping import one_line, printable
from hotfix.verdict import RuleResult

if TYPE_CHECKING:
    from hotfix.github.transport.client import Client
    from hotfix.github.write.pull.pull_requests import OpenPull

_STAGED = "hotfix check --fix: edits as they were staged"
_COLUMNS = 80
"""The width of what is not printed to a terminal, as of the verdict."""


def fix_clone(
    here: Path, *, base: str | None, tag: str | None, policy_file: Path | None, yes: bool, verbose: bool
) -> int:
    """Apply the fixes rule by rule, re-evaluating after each, and print the verdict on the result."""
    repo = opened(here)
    examine_under_way(repo)

    def evaluated() -> CloneEvaluation:
        return evaluate_clone(opened(here), base=base, tag=tag, policy_file=policy_file, here=here)

    found = evaluated()
    if sentence := no_hotfix(found):
        print_wrapped(sentence)
        return FAILED
    planned = [result.rule for result in _fixable(found)]
    if planned and not found.repo.branch:
        raise CommandError("no branch is checked out: run `git switch BRANCH` first.")
    labels = _Labels.missing(found)
    if not planned and not labels:
        print("Nothing that fails can be fixed automatically.\n")
    elif _agreed(found, labels, yes):
        _examine_unchanged(found, opened(here))
        if labels:
            labels.add()
        backup = _back_up(repo) if planned else ""
        if planned:
            print(f"Undo with: git reset --keep {backup}")
            if any(AMEND in command for result in _fixable(found) for command in result.finding.fix):
                _unstage(repo)
        stashed = _stashed(repo)
        done: list[str] = []
        while result := next((r for r in _fixable(found) if r.rule in planned and r.rule not in done), None):
            _apply(repo, result, backup)
            done.append(result.rule)
            found = evaluated()
        if done:
            print(f"Applied: the fix{'es' if len(done) > 1 else ''} of {', '.join(done)}.")
        if _stashed(repo) != stashed:
            print("The files that were taken out are in `git stash list`.")
        print()
    return show(found.verdict, "text", found.branch, next_command=found.next_command, verbose=verbose)


def _examine_unchanged(found: CloneEvaluation, now: Repo) -> None:
    """Raise CommandError if another branch or commit was checked out while the question was open."""
    then = found.repo
    if (now.branch, now.head_sha) != (then.branch, then.head_sha):
        raise CommandError(
            f"nothing was changed, because {then.branch or 'a detached HEAD'} at {then.head_sha[:12]} is no longer "
            "checked out: run `hotfix check --fix` again."
        )


def _fixable(found: CloneEvaluation) -> Iterator[RuleResult]:
    """Yield the results that have a fix and no override, in the order of the rules."""
    return (result for result in found.verdict.findings if result.finding.fix and not result.override)


@dataclass(frozen=True, slots=True)
class _Labels:
    """The missing labels of the branch's open pull request."""

    client: Client
    repo: str
    pull: OpenPull
    names: tuple[str, ...]

    @classmethod
    def missing(cls, found: CloneEvaluation) -> _Labels | None:
        """Return the missing labels; None if none are missing, there is no token, or there is no pull request."""
        owner = found.repo.name_of(found.repo.push_remote(found.repo.branch)).partition("/")[0]
        if found.facts is None or not owner or not found.repo.branch or not found.repo.name:
            return None
        try:
            client = github_access.client()
            from hotfix.github.write.pull import pull_requests  # imported here because it is slow

            with github_access.explained(found.repo.name):
                pull = pull_requests.find(client, found.repo.name, f"{owner}:{found.repo.branch}")
        except CommandError as error:
            say(f"hotfix: labels are left as they are: {error}")
            return None
        names = pull.lacks(required_labels(found, found.facts)) if pull else ()
        return cls(client, found.repo.name, pull, names) if pull and names else None

    def add(self) -> None:
        """Add the labels. Raises CommandError if GitHub refuses."""
        from hotfix.github.write.pull import pull_requests

        with github_access.explained(f"{self.repo}#{self.pull.number}"):
            pull_requests.add_labels(self.client, self.repo, self.pull, self.names)
        print_wrapped(f"Added to #{self.pull.number}: {', '.join(self.names)}. Undo it on {self.pull.url}")


def _agreed(found: CloneEvaluation, labels: _Labels | None, yes: bool) -> bool:
    print("The fixes:")
    if labels:
        print(f"\n  labels: #{labels.pull.number} lacks {', '.join(labels.names)}")
    for result in _fixable(found):
        print()
        print("\n".join(wrapped([f"  {result.rule}: {one_line(result.finding.message)}"], width() or _COLUMNS)))
        for command in result.finding.fix:
            print(f"    {printable(command)}")
    print("\nEach fix is applied to the result of the previous one.")
    print("A commit left empty is dropped. Nothing is pushed.")
    agreed = questions.agreed("Apply them?", yes=yes, done="changed")
    if not agreed:
        print()
    return agreed


def _back_up(repo: Repo) -> str:
    """Create a backup ref for the head, so that git's garbage collection does not remove it. Return the ref's name."""
    ref = f"{BACKUP}/{repo.branch}/{repo.head_sha[:12]}"
    run(repo.root, "update-ref", ref, repo.head_sha)
    return shlex.quote(ref)


def _unstage(repo: Repo) -> None:
    """Unstage edits, which amending would commit, after stashing a copy. The work tree is not changed."""
    try:
        if not run(repo.root, "diff", "--cached", "--name-only", "-z"):
            return
        copy = decoded(run(repo.root, "stash", "create", _STAGED)).strip()
        run(repo.root, "stash", "store", "--message", _STAGED, copy)
        run(repo.root, "reset", "--quiet")
    except GitError as error:
        raise to_command_error(error) from None
    print("Staged edits were unstaged; as they were, they are in `git stash list`.")


def _stashed(repo: Repo) -> bytes:
    return run(repo.root, "stash", "list", "--format=%H")


def _apply(repo: Repo, result: RuleResult, backup: str) -> None:
    for command in result.finding.fix:
        done = subprocess.run(
            ["sh", "-c", command], cwd=repo.root, env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            aborted = " and was undone" if _undo(repo) else ""
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            why = f" ({printable(said[0])})" if said else ""
            raise CommandError(
                f"the fix of {result.rule} stopped at `{printable(command)}`{why}{aborted}: run its commands yourself, "
                f"or undo everything with `git reset --keep {backup}`."
            )
    if any(AMEND in command for command in result.finding.fix):
        _drop_emptied(repo)


def _drop_emptied(repo: Repo) -> None:
    """Drop the last commit if it is empty after the fix. The index and the work tree are not changed."""
    try:
        run(repo.root, "diff", "--quiet", "--ignore-submodules=none", "HEAD~1", "HEAD")
    except GitFailed:
        return  # it is not empty, or has no parent
    subject = decoded(run(repo.root, "log", "-1", "--format=%s"))
    run(repo.root, "reset", "--soft", "HEAD~1")
    print(f"Dropped the commit “{one_line(subject)}”, of which nothing was left.\n")


def _undo(repo: Repo) -> bool:
    """Abort what a command left unfinished, and check out the branch again. Return whether there was anything to do."""
    try:
        run(repo.root, "rebase", "--abort")
        undone = True
    except GitFailed:
        undone = False
    if decoded(run(repo.root, "branch", "--show-current")).strip() == repo.branch:
        return undone
    try:
        run(repo.root, "switch", "--quiet", repo.branch)
    except GitFailed:
        return False
    return True
