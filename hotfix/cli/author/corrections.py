"""Write corrected commit messages and a spec skeleton under .git, and return the commands that apply them."""

from __future__ import annotations

import os
import shlex
import tempfile
from dataclasses import dataclass

from hotfix import message, spec
from hotfix.cli.author.start_record import StartRecord
from hotfix.facts import Commit, Facts
from hotfix.git import Repo
from hotfix.git.process import lines
from hotfix.message import MessagePart
from hotfix.remedies import rebase
from hotfix.remedies.restore_files import AMEND, pathspecs
from hotfix.rules.commits import one_issue, planned_rollback
from hotfix.rules.severity import declared

_FOLDER = "hotfix"
"""A folder in this work tree's git directory, where files can't be committed by mistake."""


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
    edit = "" if complete else " --edit"
    if list(texts) == [facts.head_sha]:
        path = _write(repo, "message", texts[facts.head_sha])
        command = f"{rebase.REWORD} -F {shlex.quote(path)}{edit}"
        return Correction((command,), complete) if path else None
    return _several(repo, facts, texts, complete, edit)


def _empty(repo: Repo, commits: list[Commit]) -> list[Commit]:
    """Return the empty commits, for example those whose changes were all restored."""
    found = [commit for commit in commits if commit.parents]
    trees = lines(repo.root, "rev-parse", *(f"{sha}^{{tree}}" for c in found for sha in (c.sha, c.parents[0])))
    return [commit for commit, own, parent in zip(found, trees[::2], trees[1::2], strict=True) if own == parent]


def _without(facts: Facts, empty: list[Commit]) -> tuple[str, ...]:
    """Return the commands that drop empty commits, newest first, so that the SHAs of the remaining ones stay valid.

    `--soft` changes neither the index nor the work tree.
    """
    branch = shlex.quote(facts.branches.head or "HEAD")
    return tuple(
        "git reset --soft HEAD~1"
        if commit.sha == facts.head_sha
        else f"git rebase --autostash --onto {commit.parents[0][:12]} {commit.sha[:12]} {branch}"
        for commit in reversed(empty)
    )


def _several(repo: Repo, facts: Facts, texts: dict[str, str], complete: bool, edit: str) -> Correction | None:
    """Reword several commits in one rebase: a script finds each message by the commit's position after the tag."""
    production = facts.production
    if production is None or not facts.branches.tag_is_ancestor or len(rebase.own(facts)) != len(facts.commits):
        return None
    for place, commit in enumerate(facts.commits, 1):
        if (text := texts.get(commit.sha)) and not _write(repo, f"message-{place}", text):
            return None
    tag = shlex.quote(production.revision)
    script = _write(
        repo,
        "reword",
        f'file="$(dirname "$0")/message-$(git rev-list --count {tag}..HEAD)"\n'
        f'test ! -f "$file" || {rebase.REWORD} --quiet{edit} -F "$file"\n',
    )
    command = f"git rebase --autostash --exec {shlex.quote(f'sh {shlex.quote(script)}')} {tag}"
    return Correction((command,), complete) if script else None


def missing_spec(repo: Repo, facts: Facts, record: StartRecord) -> tuple[str, ...]:
    """Return the commands to fill in and commit the branch's spec. Writes its skeleton to a file if needed."""
    name = spec.file_name(facts.branches.head, facts.spec_path)
    begin: tuple[str, ...] = ()
    if not (repo.root / name).exists():
        files = [file.path for file in facts.files]
        issue, severity = one_issue(facts) or record.issue, declared(facts) or record.severity
        path = _write(repo, "spec.md", spec.template(severity=severity, issue=issue, files=files))
        if not path:
            return ()
        folder = os.path.dirname(name)
        begin = (f"mkdir -p -- {shlex.quote(folder)}",) if folder else ()
        begin = (*begin, f"cp -n {shlex.quote(path)} {shlex.quote(name)}")
    end = (AMEND, *rebase.push(facts)) if rebase.own(facts) else ("hotfix commit",)
    return *begin, f"${{EDITOR:-vi}} {shlex.quote(name)}", f"git add -- {pathspecs([name])}", *end


def _write(repo: Repo, name: str, text: str) -> str:
    """Write a file atomically and return its path for git commands; empty if it can't be written."""
    try:
        path = repo.git_dir / _FOLDER / name
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(text)
        os.replace(file.name, path)
    except OSError:
        return ""
    return os.path.relpath(path, repo.root) if path.is_relative_to(repo.root) else str(path)
