"""Run `hotfix start`: cut a branch from production, carry uncommitted edits along, and write the spec."""

from __future__ import annotations

import shlex
from pathlib import Path

from hotfix import spec
from hotfix.cli.author import start_record
from hotfix.cli.author.start_record import StartRecord
from hotfix.cli.author.work_tree import editing, examine_under_way
from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.console import questions
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.console.printing import print_wrapped, say, width, wrapped
from hotfix.facts import Production
from hotfix.git import GitError, Repo
from hotfix.git.cut_branch import BranchCut, fetch_tags, switch_with_edits
from hotfix.git.process import GitFailed, edited, run
from hotfix.policy import Policy
from hotfix.severities import Severity
from hotfix.text import issue_references
from hotfix.text.branch_words import branch_words
from hotfix.text.escaping import listed, one_line

FETCH_SECONDS = 3.0


def start_hotfix(
    here: Path, name: str, *, tag: str | None, severity: Severity | None, issue: str | None, offline: bool
) -> int:
    """Cut the branch, write the spec, and print the next commands. All checks run before anything is changed."""
    repo = opened(here)
    issue = _reference(issue)
    policy, _ = policy_of(repo)
    branch = _branch(name, policy)
    title = one_line(name.strip().removeprefix("hotfix/").replace("-", " ").replace("_", " "))
    path = _spec_path(repo, policy, branch)
    if not offline and repo.urls:
        repo = _with_new_tags(repo, here)
    try:
        production = repo.production(policy, tag)
        _examine(repo, branch, path, production)
    except GitError as error:
        raise to_command_error(error) from None
    if production.doubt:
        say(f"hotfix: {production.doubt}.")
    asked = questions.can_ask()
    if asked:
        print("Press Enter to accept the value in brackets, or to skip a question without one.")
    severity = severity or (_ask_severity() if asked else Severity.P0)
    issue = issue or (_ask_issue() if asked else None)
    problem = questions.ask("What is broken, in one sentence:") if asked else ""
    users = questions.ask("Users affected, a number or percentage:") if asked else ""
    try:
        moved = switch_with_edits(repo, branch, production.sha)
        files = edited(repo.root, "--untracked-files=no")
        start_record.write(repo.root, branch, StartRecord(severity, issue, production.tag if tag else None))
    except GitError as error:
        raise to_command_error(error) from None
    _write_spec(
        repo,
        path,
        branch,
        spec.filled(
            spec.template(title=title, severity=severity, issue=issue, files=files), problem=problem, users=users
        ),
    )
    _report(branch, path, production, moved, editing(repo, path, here))
    return PASS


def _with_new_tags(repo: Repo, here: Path) -> Repo:
    """Fetch tags from the remote of the pull requests: production may run a newer version than this clone has."""
    remote = next(iter(repo.remote_branches), "origin")
    if problem := fetch_tags(repo, remote, FETCH_SECONDS):
        say(f"hotfix: {problem}.")
    return opened(here)


def _branch(name: str, policy: Policy) -> str:
    """Return a branch name with the words of `name` that the policy allows."""
    words = branch_words(name)
    if not words:
        raise CommandError(
            "the name has no letter or digit; describe in a few words what is broken, such as fix-login."
        )
    if branch := policy.branches.name_for(words):
        return branch
    raise CommandError(f"no branch name that fits {' or '.join(policy.branches.head)} can be made from {words}.")


def _spec_path(repo: Repo, policy: Policy, branch: str) -> str:
    path = spec.file_name(branch, policy.spec_path)
    if not (repo.root / path).resolve().is_relative_to(repo.root.resolve()):
        raise CommandError(f"the spec {path} would lie outside of the clone; see rules.spec.path in the policy.")
    return path


def _reference(issue: str | None) -> str | None:
    if issue is None:
        return None
    words = one_line(issue).strip()
    words = f"#{words}" if words.isascii() and words.isdigit() else words
    if not issue_references.normal(words):
        raise CommandError("--issue must be one issue: 123, owner/repo#123, a ticket such as OPS-12, or a URL.")
    return words


def _examine(repo: Repo, branch: str, path: str, production: Production) -> None:
    """Check that no work can be lost. Raises CommandError or GitError otherwise."""
    if branch in repo.branches:
        raise GitError(f"the branch {branch} already exists", f"git switch {shlex.quote(branch)}")
    examine_under_way(repo)
    if not repo.branch and not run(repo.root, "for-each-ref", "--count=1", "--contains", "HEAD"):
        raise CommandError(
            f"your commits up to {repo.head_sha[:12]} are not on a branch and would be hard to find again: "
            "run `git branch keep-them` first."
        )
    remote = next((name for name, branches in repo.remote_branches.items() if branch in branches), None)
    if remote:
        raise CommandError(f"{remote} already has a branch {branch}: run `git switch {shlex.quote(branch)}`.")
    if (repo.root / path).exists() or repo.text(production.sha, path) is not None:
        raise CommandError(f"{path} already exists: choose another name, or move the file.")
    try:
        run(repo.root, "check-ref-format", "--branch", branch)
    except GitFailed:
        raise GitError(f"{branch!r} is not a name that git allows for a branch; use letters, digits and -") from None


def _ask_severity() -> Severity:
    for level in (Severity.P0, Severity.P1):
        print("\n".join(wrapped([f"{level}: {level.meaning}."], width())))
    answer = questions.ask("Severity:", "P0", valid=lambda text: text.upper() in ("P0", "P1"), hint="P0 or P1")
    return Severity(answer.upper())


def _ask_issue() -> str | None:
    def valid(text: str) -> bool:
        return bool(issue_references.normal(f"#{text}" if text.isdigit() else text))

    hint = "123, owner/repo#123, a ticket such as OPS-12, or a URL; Enter to skip"
    return _reference(questions.ask("Issue or incident:", valid=valid, hint=hint) or None)


def _write_spec(repo: Repo, path: str, branch: str, text: str) -> None:
    file = repo.root / path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise CommandError(f"{branch} is cut, but {path} could not be written: {error.strerror}.") from None


def _report(branch: str, path: str, production: Production, moved: BranchCut, first: str) -> None:
    how = "" if production.known_from == "option" else " (the highest release tag)"
    print_wrapped(f"Cut {branch} from {production.tag}{how} and wrote {path}.")
    if moved.carried:
        print_wrapped(f"Your uncommitted changes were moved to it ({moved.carried}).")
    if moved.conflicts:
        print_wrapped(f"They conflict with {production.tag} in {listed(moved.conflicts)}: resolve the marks there.")
        print_wrapped("A copy is in `git stash list`.")
    print("\nNext:")
    for line in (
        f"{first}    # fill in what is in brackets",
        "hotfix commit    # once the fix is made",
        "hotfix check     # as often as you like",
        "hotfix submit    # pushes, and opens the pull request",
    ):
        print(f"  {line}")
