"""`hotfix next-tag`."""

from __future__ import annotations

from pathlib import Path

from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.errors import PASS, CannotGoOn
from hotfix.git import GitError
from hotfix.production.versions import next_hotfix_tag


def print_next_tag(here: Path, production: str | None) -> int:
    """The next hotfix tag that this clone doesn't know yet. A production tag that is named needs not be here."""
    repo = opened(here)
    if production is None:
        try:
            production = repo.production(policy_of(repo)[0]).tag
        except GitError as error:
            raise to_command_error(error) from None
    try:
        print(next_hotfix_tag(production, repo.tags))
    except ValueError as error:
        raise CannotGoOn(f"{error}.") from None
    return PASS
