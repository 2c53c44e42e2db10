"""`hotfix start`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from hotfix import message, spec
from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.errors import PASS, CannotGoOn
from hotfix.facts import Production
from hotfix.git import GitError, Repo
from hotfix.git.process import decoded, run
from hotfix.policy import Policy
from hotfix.rules.title import RULE as TITLE
from hotfix.severity import Severity
from hotfix.text import issue_references
from hotfix.text.escaping import one_line
from hotfix.text.globs import matches_branch

_TEMPLATE = "HOTFIX_TEMPLATE"
"""The commit message's template, in git's own directory."""
_SHOWN = 5


def start_hotfix(here: Path, name: str, *, tag: str | None, severity: str, issue: str | None) -> int:
    """Cut the branch, write the spec, say what comes next. Everything is looked at before anything is changed."""
    repo = opened(here)
    policy, _ = policy_of(repo)
    branch, title = _branch(name, policy), one_line(name.removeprefix("hotfix/").replace("-", " ").replace("_", " "))
    path = _spec_path(repo, policy, branch)
    issue = _reference(issue)
    try:
        production = repo.production(policy, tag)
        _look_out(repo, branch, path, production)
        repo.start(branch, production)
    except GitError as error:
        raise to_command_error(error) from None
    file = repo.root / path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(spec.template(title=title, severity=severity, issue=issue))
    except OSError as error:
        raise CannotGoOn(f"{branch} is cut, but {path} could not be written: {error.strerror}.") from None
    print(f"Cut {branch} from {production.tag}{_known(repo, production)} and wrote {path}.\n\nNext:")
    for line in _next(repo, policy, branch, path, title, severity, issue):
        print(f"  {line}")
    return PASS


def _branch(name: str, policy: Policy) -> str:
    """The first pattern of the policy with the name in it."""
    words = re.sub(r"[^A-Za-z0-9._/-]+", "-", name.strip().removeprefix("hotfix/")).strip("-./")
    words = re.sub(r"\.{2,}|/{2,}|-{2,}", "-", words).removesuffix(".lock")
    if not words:
        raise CannotGoOn("the name holds no letter or digit; say in a few words what is broken, such as fix-login.")
    for pattern in policy.branches.head:
        candidate = pattern.removesuffix("*").rstrip("*") + words
        if pattern.endswith("*") and matches_branch(policy.branches.head, candidate):
            return candidate
    if matches_branch(policy.branches.head, words):
        return words
    raise CannotGoOn(f"no branch name that fits {' or '.join(policy.branches.head)} could be made of {words}.")


def _spec_path(repo: Repo, policy: Policy, branch: str) -> str:
    path = spec.file_name(branch, policy.spec_path)
    if not (repo.root / path).resolve().is_relative_to(repo.root.resolve()):
        raise CannotGoOn(f"the spec {path} would lie outside of the clone; see rules.spec.path in the policy.")
    return path


def _reference(issue: str | None) -> str | None:
    if issue is None:
        return None
    words = one_line(issue).strip()
    words = f"#{words}" if words.isascii() and words.isdigit() else words
    if not issue_references.normal(words):
        raise CannotGoOn("--issue must be one issue: 123, owner/repo#123, a ticket such as OPS-12, or a URL.")
    return words


def _look_out(repo: Repo, branch: str, path: str, production: Production) -> None:
    """Refuse whatever might lose something. Raises CannotGoOn and GitError."""
    entries = run(repo.root, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames").split(b"\0")
    if changed := [decoded(entry[3:]) for entry in entries if len(entry) > 3]:
        names = ", ".join(changed[:_SHOWN]) + (" ..." if len(changed) > _SHOWN else "")
        raise CannotGoOn(f"you have uncommitted changes ({names}): run `git stash` or `git commit` first.")
    if not repo.branch and not run(repo.root, "for-each-ref", "--count=1", "--contains", "HEAD"):
        raise CannotGoOn(
            f"your commits up to {repo.head_sha[:12]} are on no branch and would be lost from sight: "
            "run `git branch keep-them` first."
        )
    remote = next((name for name, branches in repo.remote_branches.items() if branch in branches), None)
    if remote and branch not in repo.branches:
        raise CannotGoOn(f"{remote} has a branch {branch} already: run `git switch {shlex.quote(branch)}`.")
    if branch not in repo.branches and ((repo.root / path).exists() or repo.text(production.sha, path) is not None):
        raise CannotGoOn(f"{path} is there already: take another name, or move the file.")


def _known(repo: Repo, production: Production) -> str:
    if production.known_from == "option":
        return ""
    fetch = repo.fetching_tags
    return f" (the highest release tag here; does production run a newer one? `{fetch}`, `git reset --keep TAG`)"


def _next(
    repo: Repo, policy: Policy, branch: str, path: str, title: str, severity: str, issue: str | None
) -> list[str]:
    fitting = policy.options(TITLE).labels(Severity(severity))
    labels = ",".join([policy.label, *fitting[:1]])
    base = next((b for b in policy.bases(repo.default_branch or "main") if not set(b) & set("*?[!\\")), "main")
    quoted = shlex.quote(path)
    return [
        f"${{EDITOR:-vi}} {quoted}",
        f"git add {quoted} FILES",
        f"git commit --template={shlex.quote(_template(repo, title, severity, issue))}",
        "hotfix check                       # judges what is committed, as often as you like",
        f"git push --set-upstream {_own_remote(repo)} {shlex.quote(branch)}",
        f"gh pr create --base {shlex.quote(base)} --title {shlex.quote(f'HOTFIX: {title}')} "
        f"--label {shlex.quote(labels)} --body-file {quoted}",
    ]


def _own_remote(repo: Repo) -> str:
    """Where one may push: in a clone of a fork that is the fork, by git's own name for where it was cloned from."""
    return shlex.quote("origin" if "origin" in repo.urls else next(iter(repo.remote_branches), "origin"))


def _template(repo: Repo, title: str, severity: str, issue: str | None) -> str:
    """A commit message to fill in, where no one commits it by mistake; its path as git will find it."""
    path = decoded(run(repo.root, "rev-parse", "--path-format=absolute", "--git-path", _TEMPLATE).strip())
    Path(path).write_text(message.template(title, issue=issue, severity=severity), encoding="utf-8")
    return path
