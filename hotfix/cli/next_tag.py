"""Run `hotfix next-tag`: print the tag of the next hotfix."""

from __future__ import annotations

from pathlib import Path

from hotfix.cli.clone import opened, policy_of, to_command_error
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.console.printing import say
from hotfix.git import GitError
from hotfix.production.versions import next_hotfix_tag


def print_next_tag(here: Path, production: str | None, tag_format: str | None = None) -> int:
    """Print the next hotfix tag that this clone doesn't have yet. A given production tag need not exist in the clone.

    `tag_format`: the format of hotfix tags, which is otherwise only set by an input of the Action.
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
