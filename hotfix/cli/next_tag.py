"""Run `hotfix next-tag`: print the tag that the next hotfix gets."""

from __future__ import annotations

from pathlib import Path

from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.console.printing import say
from hotfix.git import GitError
from hotfix.production.versions import next_hotfix_tag


def print_next_tag(here: Path, production: str | None, tag_format: str | None = None) -> int:
    """Print the next hotfix tag that this clone doesn't have yet. A production tag that is named need not be here.

    `tag_format`: how this team writes hotfix tags; only the Action's input says it.
    """
    repo = opened(here)
    if production is None:
        try:
            found = repo.production(policy_of(repo)[0])
        except GitError as error:
            raise to_command_error(error) from None
        if found.doubt:
            say(f"hotfix: {found.doubt}.")
        production = found.tag
    try:
        print(next_hotfix_tag(production, repo.tags, tag_format))
    except ValueError as error:
        raise CommandError(f"{error}.") from None
    return PASS
