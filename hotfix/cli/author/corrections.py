"""Write corrected commit messages and a spec skeleton under .git, and return the commands that apply them."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from hotfix import message, spec
from hotfix.cli.author.bound_script import ScriptFolder
from hotfix.cli.author.start_record import StartRecord
from hotfix.facts import Commit, Facts
from hotfix.git import GitError, Repo
from hotfix.git.process import lines
from hotfix.message import MessagePart
from hotfix.remedies import rebase
from hotfix.remedies.restore_files import AMEND, pathspecs
from hotfix.rules.commits import one_issue, planned_rollback
from hotfix.rules.severity import declared

_EDIT = " --edit --cleanup=scissors"
"""Opens the editor without removing lines of the message that begin with #."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Commands that apply corrected texts; `complete` if the texts have no placeholders left to fill in."""

    commands: tuple[str, ...]
    complete: bool
    drops: int = 0
    """Number of empty commits that the commands drop instead of correcting their messages."""


def messages(repo: Repo, facts: Facts, record: StartRecord) -> Correction | None:
    """Write corrected messages for the branch's commits; None if they can't be corrected with one command."""
    bad = {c.sha: found for c in facts.own_commits if (found := message.problems(c.message))}
    parts = {problem.part for found in bad.values() for problem in found}
    if not bad or any(c.is_merge for c in facts.own_commits) or parts & {MessagePart.MERGE, MessagePart.AUTOSQUASH}:
        return None
    if empty := _empty(repo, [c for c in facts.own_commits if c.sha in bad]):
        return Correction(_without(facts, empty), complete=True, drops=len(empty))
    issue, severity = one_issue(facts) or record.issue, declared(facts) or record.severity
    rollback = planned_rollback(facts)
    texts = {
        c.sha: message.corrected(c.message, issue=issue, severity=severity, rollback=rollback)
        for c in facts.own_commits
        if c.sha in bad
    }
    complete = not any(message.problems(text) for text in texts.values())
    folder = ScriptFolder.of(repo, facts)
    try:
        if list(texts) == [facts.head_sha]:
            replaced, body = (
                "HEAD",
                _replacing(folder.write(f"message-{facts.head_sha}", texts[facts.head_sha]), complete),
            )
        elif facts.production and (body := _several(folder, facts, facts.production.sha, texts, complete)):
            replaced = f"{facts.production.sha}..HEAD"
        else:
            return None
        return Correction((folder.command("reword", folder.backed_up(body), replaced),), complete)
    except (OSError, GitError):
        return None


def _replacing(file: Path, complete: bool) -> str:
    return f"{rebase.REWORD} -F {shlex.quote(str(file))}{'' if complete else _EDIT}"


def _empty(repo: Repo, commits: list[Commit]) -> list[Commit]:
    """Return the empty commits, for example those whose changes were all restored."""
    found = [commit for commit in commits if commit.parents]
    trees = lines(repo.root, "rev-parse", *(f"{sha}^{{tree}}" for c in found for sha in (c.sha, c.parents[0])))
    return [commit for commit, own, parent in zip(found, trees[::2], trees[1::2], strict=True) if own == parent]


def _without(facts: Facts, empty: list[Commit]) -> tuple[str, ...]:
    """Return the commands that drop empty commits, newest first, so that the SHAs of the remaining ones stay valid."""
    branch = shlex.quote(facts.branches.head or "HEAD")
    return tuple(
        f"git rebase --autostash --onto {commit.parents[0][:12]} {commit.sha[:12]} {branch}"
        for commit in reversed(empty)
    )


def _several(folder: ScriptFolder, facts: Facts, start: str, texts: dict[str, str], complete: bool) -> str:
    """Return the rebase that rewords several commits after `start`; empty if not all of them are the branch's own.

    After each commit, a second script finds the original at the same position, and replaces the message by its.
    """
    if not facts.branches.tag_is_ancestor or len(rebase.own(facts)) != len(facts.commits):
        return ""
    for sha, text in texts.items():
        folder.write(f"message-{sha}", text)
    each = folder.write(
        "reword-each",
        f"position=$(git rev-list --count {start}..HEAD)\n"
        f'original=$(git rev-list --reverse {start}..{facts.head_sha} | sed -n "${{position}}p")\n'
        f'file={shlex.quote(str(folder.path))}/message-"$original"\n'
        f'test ! -f "$file" || {rebase.REWORD} --quiet{"" if complete else _EDIT} -F "$file"\n',
    )
    return f"git rebase --autostash --exec {shlex.quote(shlex.join(['sh', str(each)]))} {start}"


def missing_spec(repo: Repo, facts: Facts, record: StartRecord) -> tuple[str, ...]:
    """Return the commands to fill in and commit the branch's spec. Writes its skeleton to a file if needed."""
    name = spec.file_name(facts.branches.head, facts.spec_path)
    quoted, folder = shlex.quote(name), ScriptFolder.of(repo, facts)
    begin = ""
    own = rebase.own(facts)
    try:
        if not (repo.root / name).exists():
            files = [file.path for file in facts.files]
            issue, severity = one_issue(facts) or record.issue, declared(facts) or record.severity
            skeleton = folder.write("spec.md", spec.template(severity=severity, issue=issue, files=files))
            begin = (
                f"mkdir -p -- {shlex.quote(os.path.dirname(name) or '.')} &&\n"
                f"{{ test -e {quoted} || cp -- {shlex.quote(str(skeleton))} {quoted}; }} &&\n"
            )
        body = (
            f'{begin}eval "$(git var GIT_EDITOR)" {shlex.quote(quoted)} &&\n'
            f"git add -- {pathspecs([name])} &&\n{AMEND if own else 'hotfix commit'}\n"
        )
        return folder.command("spec", body), *(rebase.push(facts) if own else ())
    except (OSError, GitError):
        return ()
