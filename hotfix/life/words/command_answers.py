"""Write the answers to commands, and what the App says when it closes, reopens or deletes something."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from hotfix.life.fold import Life
from hotfix.life.incident_commands import USAGE
from hotfix.life.record import GivenCommand
from hotfix.life.words import phrases
from hotfix.life.words.markers import marker
from hotfix.life.words.status_comment import headline
from hotfix.render.safe_markdown import block, code, text
from hotfix.text.comment_commands import WORD


def answer(comment: int, sentences: Sequence[str]) -> str:
    """Return the one comment that answers a command. Each part is Markdown already."""
    return "\n\n".join(sentences) + f"\n\n{marker(f'answer {comment}')}\n"


def refused(why: str) -> str:
    """Return why a command was not done, and who may give it. `why` is not yet escaped."""
    said = text(why, 500)
    return f"Not done: {said}{'' if said.endswith(('.', '?')) else '.'}"


def usage() -> str:
    """Return the commands, one per line."""
    return "\n".join(f"- {code(f'{WORD} {form}')}: {what}" for form, what in USAGE.values())


def status(life: Life) -> str:
    """Return where the incident stands, in a few lines."""
    return "\n".join([headline(life), *(f"- {phrases.act(act)}" for act in life.acts[1:])])


def started(branch: str, number: int, spec_path: str, tag: str) -> str:
    """Return what `start` made, with the commands that go on from there."""
    commands = [
        "git fetch origin",
        f"git switch {shlex.quote(branch)}",
        f"${{EDITOR:-vi}} {shlex.quote(spec_path)}",
        "git commit -a",
        "git push",
    ]
    return (
        f"Created {code(branch)} from {code(tag)}, which runs in production, with the spec {code(spec_path)} to fill "
        f"in, and the draft pull request #{number}.\n\n{block(commands, 'sh')}"
    )


def started_again(branch: str, number: int | None) -> str:
    """Return that the branch is there already."""
    pull = f", pull request #{number}" if number else ""
    return f"The hotfix branch {code(branch)} exists{pull}."


def not_an_incident(pull: bool) -> str:
    """Return what to do first where there is no incident."""
    if pull:
        return "this pull request fixes no incident: name one with `Fixes #N` in its description and commits"
    return f"this issue is not an incident: someone with write access declares one with `{WORD} declare P0`"


def reopened(life: Life) -> str:
    """Return why a merge or commit does not end the incident."""
    debts = "\n".join(f"- {phrases.debt(debt)}" for debt in life.open_debts) or "- The fix is not in production yet."
    return (
        "A merge or commit closed this incident, but something is still open:\n\n"
        f"{debts}\n\nIt closes automatically once this is settled, or with `{WORD} resolve`.\n\n{marker('reopened')}\n"
    )


def resolved(life: Life, command: GivenCommand) -> str:
    """Return what stays open when somebody resolves the incident."""
    debts = "\n".join(f"- {phrases.debt(debt)}" for debt in life.open_debts)
    rest = f"This stays open:\n\n{debts}" if debts else "Nothing is left open."
    return f"Resolved by {phrases.person(command.by)}. {rest}\n\n{marker(f'resolved {command.id}')}\n"


def settled() -> str:
    """Return why the App closes the incident."""
    return f"Everything is settled: the incident is closed.\n\n{marker('settled')}\n"


def pull_closed(branches: Sequence[str]) -> str:
    """Return why the App closes a pull request whose fix went another way."""
    names = " and ".join(code(name, 100) for name in branches)
    return f"{names} contain the fix already, so there is nothing left to merge.\n\n{marker('pull-closed')}\n"
