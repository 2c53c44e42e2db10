"""What every command asks of the local clone first."""

from __future__ import annotations

from pathlib import Path

from hotfix.cli.errors import CannotGoOn
from hotfix.git import GitError, Repo
from hotfix.policy import PATH, Policy, PolicyError, load


def opened(here: Path) -> Repo:
    """The clone that `here` is in. Raises CannotGoOn with the git command that helps."""
    try:
        return Repo.open(here)
    except GitError as error:
        raise to_command_error(error) from None


def to_command_error(error: GitError) -> CannotGoOn:
    """A git error as one sentence with the command that mends it."""
    sentence = error.sentence.rstrip(".")
    return CannotGoOn(f"{sentence}: run `{error.command}`." if error.command else f"{sentence}.")


def policy_text(repo: Repo) -> tuple[str | bytes, str]:
    """The policy's text and where it is from; empty text and words for the defaults where there is none.

    It is the default branch's as last fetched, as on GitHub: a branch can't change the rules it is judged by. Only
    where no remote is known, the work tree's.
    """
    for remote, branches in repo.remote_branches.items():
        if repo.default_branch and (sha := branches.get(repo.default_branch)):
            text = repo.text(sha, PATH)
            if text is None:
                return "", f"built-in defaults (no {PATH} at {remote}/{repo.default_branch})"
            return text, f"{remote}/{repo.default_branch}@{sha[:12]}:{PATH}"
    try:
        return (repo.root / PATH).read_bytes(), f"{PATH} in the work tree"
    except FileNotFoundError:
        return b"", "built-in defaults"


def policy_of(repo: Repo) -> tuple[Policy, str]:
    """The policy and its source. Raises CannotGoOn when it is broken."""
    text, source = policy_text(repo)
    try:
        return load(text, PATH), source
    except PolicyError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        raise CannotGoOn(f"{error.lines[0]}{more}; `hotfix policy validate` says all.") from None
