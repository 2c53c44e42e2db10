"""Run `hotfix commit`: commit the fix with a message generated from its spec and the diff."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hotfix import message, spec
from hotfix.cli.author import start_record
from hotfix.cli.author.start_record import StartRecord
from hotfix.cli.author.work_tree import COMMIT_AGAIN, editing, examine_under_way, spec_in, uncommitted
from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.console.exit_status import FAILED, PASS, CommandError
from hotfix.cli.console.printing import print_wrapped
from hotfix.git import GitError, Repo
from hotfix.git.process import decoded, names, run, unmerged
from hotfix.policy import Policy
from hotfix.rules.base import Level
from hotfix.rules.spec import RULE as SPEC
from hotfix.spec import Spec, SpecProblem
from hotfix.text import issue_references, placeholders
from hotfix.text.escaping import listed, one_line, printable
from hotfix.text.globs import matches_branch

_GUIDE = """\
# ------------------------ >8 ------------------------
# This line and all below it are left out; an empty message stops the commit.
# A hotfix commit. Replace what is in brackets.
"""
"""Begins with git's scissors, so that lines of the message that begin with # are kept."""
_TESTED = "# `Tested:` lists what the spec says to verify: keep only what you have run.\n"


def commit_fix(here: Path, *, amend: bool, untracked: bool) -> int:
    """Commit the staged changes, or if there are none all tracked changes and the spec.

    Then report what message and spec lack. Raises CommandError if there is nothing to commit.
    """
    repo = opened(here)
    policy, _ = policy_of(repo)
    if not matches_branch(policy.branches.head, repo.branch):
        where = repo.branch or "a detached HEAD"
        allowed = " or ".join(policy.branches.head)
        raise CommandError(f"{where} is not a hotfix branch ({allowed}): run `hotfix start NAME`.")
    examine_under_way(repo)
    name = spec.file_name(repo.branch, policy.spec_path)
    written = spec_in(repo, name)
    try:
        if conflicts := unmerged(repo.root):
            raise CommandError(f"conflicts are left in {listed(conflicts)}: resolve them, then `git add` the files.")
        _stage(repo, name, untracked)
        changed = _changed(repo, amend, policy)
        if not changed and not amend:
            raise CommandError("there is nothing to commit: make the fix first, or name new files by `git add FILE`.")
        found = written or spec.parse("")
        status = _commit(repo, _message(repo, name, found, changed, amend), amend, found)
        if status:
            raise CommandError("nothing was committed; your changes are staged.")
        needed = written and policy.options(SPEC).level is Level.BLOCK
        lacks = spec.check(written, is_file=True) if written and needed else ()
        return _report(repo, policy, name, lacks, editing(repo, name, here))
    except GitError as error:
        raise to_command_error(error) from None


def _stage(repo: Repo, name: str, untracked: bool) -> None:
    if untracked:
        run(repo.root, "add", "--all")
    elif not run(repo.root, "diff", "--cached", "--name-only"):
        run(repo.root, "add", "--update")
    if (repo.root / name).is_file():
        run(repo.root, "add", "--", name, variables={"GIT_LITERAL_PATHSPECS": "1"})


def _changed(repo: Repo, amend: bool, policy: Policy) -> list[str]:
    """Return the paths that the commit changes, including those of the commit to be amended."""
    start = "HEAD"
    if amend:
        sha = repo.production(policy, start_record.found_in(repo.settings, repo.branch).tag).sha
        if repo.head_sha == sha or not repo.is_ancestor(sha, "HEAD"):
            raise CommandError("the branch has no commit of its own to replace: run `hotfix commit`.")
        start = "HEAD~1"
    return names(repo.root, "diff", "--cached", "--name-only", "-z", "--no-renames", start)


def _message(repo: Repo, name: str, found: Spec, changed: list[str], amend: bool) -> str:
    """Return the message made from the spec; to amend, the present one, with what its spec and files changed since."""
    record = start_record.found_in(repo.settings, repo.branch)
    made = _generated(name, found, record, changed)
    if not amend:
        return made
    before = spec.parse(repo.text(repo.head_sha, name) or "")
    was = names(repo.root, "diff", "--name-only", "-z", "--no-renames", "HEAD~1", "HEAD")
    present = decoded(run(repo.root, "log", "-1", "--format=%B"))
    text = message.refilled(present, _generated(name, before, record, was), made)
    return message.corrected(text, issue=record.issue, severity=record.severity, rollback=found.rollback)


def _generated(name: str, found: Spec, record: StartRecord, changed: list[str]) -> str:
    return message.template(
        _subject(found),
        issue=issue_references.shown(found.issue) if found.issue else record.issue,
        severity=found.severity or record.severity,
        changes=_changes(found, [path for path in changed if path != name]),
        tested=found.says("Verification"),
        rollback=found.rollback,
    )


def _subject(found: Spec) -> str | None:
    title = one_line(found.title)
    if not title or placeholders.is_whole(title):
        return None
    room = message.LONGEST_SUBJECT - len(message.PREFIX)
    return title if len(title) <= room else title[: title.rfind(" ", 0, room - 3)] + " ..."


def _changes(found: Spec, changed: list[str]) -> list[str]:
    """Return one line per changed file, with the spec's description if it has one."""
    remarks = {reading: entry.remark for entry in found.files for reading in entry.readings if entry.remark}
    lines = []
    for path in changed:
        remark = remarks.get(path, "")
        known = remark and not placeholders.is_whole(remark)
        lines.append(f"{path}: {one_line(remark) if known else '[specific change]'}")
    return lines


def _commit(repo: Repo, text: str, amend: bool, found: Spec) -> int:
    """Run `git commit` with the editor and return git's exit status."""
    notes = _GUIDE + (_TESTED if found.says("Verification") else "")
    if untracked := names(repo.root, "ls-files", "--others", "--exclude-standard", "-z"):
        notes += (
            f"# Not added, as git doesn't track it yet: {listed(untracked)} (`hotfix commit --all` adds such files).\n"
        )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="hotfix-", suffix=".txt") as file:
        file.write(f"{text}\n{notes}")
        file.flush()
        arguments = ["git", "-c", "core.commentChar=#", "commit", "--edit", "--cleanup=scissors", "-F", file.name]
        done = subprocess.run(
            [*arguments, *(["--amend"] if amend else [])], cwd=repo.root, env=os.environ.copy(), check=False
        )
    return done.returncode


def _report(repo: Repo, policy: Policy, name: str, lacks: Sequence[SpecProblem], edit: str) -> int:
    """Print what was committed, what the message and the spec (`name`) lack, and the next command."""
    text = decoded(run(repo.root, "log", "-1", "--format=%B"))
    sha = decoded(run(repo.root, "rev-parse", "--short", "HEAD").strip())
    print(f"Committed {sha} on {repo.branch}.")
    if left := uncommitted(repo, policy, repo.branch):
        print_wrapped(f"Not committed: {listed(left)}")
    problems = list(dict.fromkeys(problem.message for problem in message.problems(text)))
    if problems:
        _print_list("The message is incomplete:", problems)
    if lacks:
        where = (f"line {lack.line}: " if lack.line else "" for lack in lacks)
        title = f"The spec {name} is incomplete, and the message is made from it:"
        _print_list(title, [f"{line}{lack.message}" for line, lack in zip(where, lacks, strict=True)])
        print(f"Next: {edit}")
    else:
        print(f"Next: {COMMIT_AGAIN if problems else 'hotfix check'}")
    return FAILED if problems else PASS


def _print_list(title: str, lines: Sequence[str]) -> None:
    print(printable(title))
    for line in lines:
        print_wrapped(f"  - {printable(line)}")
