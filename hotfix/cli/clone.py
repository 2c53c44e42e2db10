"""Open the local clone and read its policy, with one-sentence errors."""

from __future__ import annotations

import shlex
from pathlib import Path

from hotfix.cli.console.exit_status import CommandError
from hotfix.git import GitError, Repo
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.text.issue_references import GITHUB


def opened(here: Path) -> Repo:
    """Return the clone that contains `here`. Raises CommandError with a git command that helps."""
    try:
        return Repo.open(here)
    except GitError as error:
        raise to_command_error(error) from None


def to_command_error(error: GitError) -> CommandError:
    """Convert a git error to a CommandError with the command that fixes it."""
    sentence = error.sentence.rstrip(".")
    return CommandError(f"{sentence}: run `{error.command}`." if error.command else f"{sentence}.")


def policy_text(repo: Repo, file: Path | None = None) -> tuple[str | bytes, str]:
    """Return the policy's text and source. If there is none, the text is empty and the source describes the defaults.

    Without a `file`, the policy is read from the default branch as last fetched, as on GitHub, so that a branch can't
    change its own rules. If there is no remote, it is read from the work tree. Raises CommandError if it exists but
    can't be read.
    """
    if file is not None:
        return read_policy(file), f"{file} (--policy)"
    for remote, branches in repo.remote_branches.items():
        if repo.default_branch and (sha := branches.get(repo.default_branch)):
            try:
                text = repo.text(sha, PATH)
            except GitError as error:
                raise to_command_error(error) from None
            if text is None:
                return "", f"built-in defaults (no {PATH} at {remote}/{repo.default_branch})"
            return text, f"{remote}/{repo.default_branch}@{sha[:12]}:{PATH}"
    try:
        return (repo.root / PATH).read_bytes(), f"{PATH} in the work tree"
    except FileNotFoundError:
        return b"", "built-in defaults"


def adding_github(repo: Repo, branch: str) -> str:
    """Return the command after which the branch can be pushed to GitHub; empty if its remote is there already."""
    if repo.name_of(repo.push_remote(branch)):
        return ""
    if on_github := next((remote for remote in repo.remote_branches if repo.name_of(remote)), ""):
        return f"git config remote.pushDefault {shlex.quote(on_github)}"
    url = f"https://{GITHUB}/OWNER/REPO.git"
    if not repo.urls:
        return f"git remote add origin {url}"
    return f"git remote add github {url} && git config remote.pushDefault github"


def read_policy(file: Path) -> bytes:
    """Return the content of a policy file. Raises CommandError if it can't be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"the policy {file} can't be read ({error.strerror}): name another with --policy.") from None


def policy_of(repo: Repo) -> tuple[Policy, str]:
    """Return the policy and its source. Raises CommandError if it is broken."""
    text, source = policy_text(repo)
    try:
        return load(text, PATH), source
    except PolicyError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        raise CommandError(f"{error.lines[0]}{more}; run `hotfix policy validate`.") from None
