"""Run `hotfix commit-msg`: check a commit message as a git hook."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from hotfix import spec
from hotfix.cli.author import start_record
from hotfix.cli.clone import policy_of
from hotfix.cli.console.exit_status import FAILED, PASS, CommandError
from hotfix.cli.console.printing import say
from hotfix.git import GitError, Repo
from hotfix.git.process import GitFailed, decoded, run
from hotfix.message import clean, corrected, problems
from hotfix.policy import Policy
from hotfix.spec import Spec
from hotfix.text import issue_references
from hotfix.text.escaping import printable
from hotfix.text.globs import matches_branch

_REWRITING = ("rebase-merge/head-name", "rebase-apply/head-name")
"""Files that contain the branch's name during a rebase, when HEAD is detached."""
_CORRECTED = "HOTFIX_EDITMSG"
"""The file name of the corrected message, in git's directory, where it can't be committed by mistake."""


def check_message(here: Path, file: Path) -> int:
    """Return exit status 1 if the message is not allowed for a hotfix commit. The file is not changed."""
    text = file.read_bytes().decode("utf-8", "replace")
    branch = _branch(here)
    if not branch or not matches_branch(_policy(here).branches.head, branch):
        return PASS
    message = clean(text, _comment_character(here))
    if not message.strip():
        return PASS  # git itself stops at an empty message
    if not (found := problems(message)):
        return PASS
    say(f"hotfix: this message is not allowed on {printable(branch)}:")
    for problem in found:
        where = f"line {problem.line}: " if problem.line else ""
        say(f"  - {where}{printable(problem.message)}")
    say(f"Nothing was committed. {_next_step(here, file, branch, message)}")
    return FAILED


def _next_step(here: Path, file: Path, branch: str, message: str) -> str:
    """Write the corrected message to a file and return the command that commits with it."""
    known = start_record.read(here, branch)
    found = _spec(here, branch)
    issue = issue_references.shown(found.issue) if found.issue else known.issue
    severity, rollback = found.severity or known.severity, found.rollback
    better = corrected(message, issue=issue, severity=severity, rollback=rollback)
    try:
        shown = decoded(run(here, "rev-parse", "--git-path", _CORRECTED).strip())
        (here / shown).write_text(better, encoding="utf-8")
    except (OSError, GitError):
        return f"Your text is still in {file}."
    return (
        "Commit with the corrected message, and the options you gave (-a, --amend):\n"
        f"    git commit --edit --file={shlex.quote(shown)}"
    )


def _branch(here: Path) -> str:
    """Return the branch of the commit; empty if HEAD is detached and no rebase is in progress."""
    try:
        return decoded(run(here, "symbolic-ref", "--quiet", "--short", "HEAD").strip())
    except GitFailed as error:
        if error.code != 1:
            raise CommandError(f"{error.sentence}.") from None
    for name in _REWRITING:
        path = here / decoded(run(here, "rev-parse", "--git-path", name).strip())
        if path.is_file():
            return path.read_text("utf-8", "replace").strip().removeprefix("refs/heads/")
    return ""


def _policy(here: Path) -> Policy:
    """Return the policy, or the defaults if it can't be read, since a hook must not block other work."""
    try:
        return policy_of(Repo.open(here))[0]
    except GitError:
        return Policy()
    except CommandError as error:
        print(f"hotfix: {printable(str(error))} The defaults are used.", file=sys.stderr)
        return Policy()


def _spec(here: Path, branch: str) -> Spec:
    """Return the branch's spec from the work tree; empty if there is none."""
    try:
        root = Path(decoded(run(here, "rev-parse", "--show-toplevel").rstrip(b"\n")))
        text = (root / spec.file_name(branch, _policy(here).spec_path)).read_text("utf-8", "replace")
    except (OSError, GitError):
        text = ""
    return spec.parse(text)


def _comment_character(here: Path) -> str:
    for key in ("core.commentString", "core.commentChar"):
        try:
            return decoded(run(here, "config", "--get", key).strip()) or "#"
        except GitFailed:
            continue
    return "#"
