"""Write GitHub CLI commands about the pull request. Each names the repository, so that it works in any folder."""

from __future__ import annotations

import shlex

from hotfix.facts import Facts


def pull_command(facts: Facts, verb: str, options: str = "") -> str:
    """Return `gh pr VERB NUMBER --repo OWNER/NAME OPTIONS`; options are shell words, quoted already."""
    number = facts.pull.number if facts.pull else None
    return command(facts.repo, number, verb, options)


def command(repo: str, number: int | None, verb: str, options: str = "") -> str:
    """Return the same for a repository and number; without a repository, gh takes that of the folder."""
    words = ["gh pr", verb, str(number or "NUMBER"), f"--repo {shlex.quote(repo)}" if repo else "", options]
    return " ".join(word for word in words if word)
