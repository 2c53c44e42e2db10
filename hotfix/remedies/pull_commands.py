"""Write GitHub CLI commands for the pull request. Each names the repository, so that it works in any directory."""

from __future__ import annotations

import shlex

from hotfix.facts import Facts


def pull_command(facts: Facts, verb: str, options: str = "") -> str:
    """Return `gh pr VERB NUMBER --repo OWNER/NAME OPTIONS`; the options must already be quoted for the shell."""
    number = facts.pull.number if facts.pull else None
    return command(facts.repo, number, verb, options)


def command(repo: str, number: int | None, verb: str, options: str = "") -> str:
    """Return the same command for a repository and number; without a repository, gh uses the current directory's."""
    words = ["gh pr", verb, str(number or "NUMBER"), f"--repo {shlex.quote(repo)}" if repo else "", options]
    return " ".join(word for word in words if word)
