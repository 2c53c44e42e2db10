"""Write the answers to commands, and the comments with which the App closes or reopens something."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from hotfix.life.incident_commands import USAGE
from hotfix.life.incident_life import Life
from hotfix.life.record import GivenCommand
from hotfix.life.words import phrases
from hotfix.life.words.markers import marker
from hotfix.life.words.status_comment import headline
from hotfix.render.safe_markdown import block, code, text
from hotfix.text.comment_commands import WORD


def answer(comment: int, sentences: Sequence[str]) -> str:
    """Return the comment that answers the commands of another comment. `sentences` are Markdown."""
    return "\n\n".join(sentences) + f"\n\n{marker(f'answer {comment}')}\n"


def refused(why: str) -> str:
    """Return the answer to a refused command. `why` is escaped here."""
    said = text(why, 500)
    return f"Not done: {said}{'' if said.endswith(('.', '?')) else '.'}"


def usage() -> str:
    """Return a list of all commands with their descriptions."""
    return "\n".join(f"- {code(f'{WORD} {form}')}: {what}" for form, what in USAGE.values())


def status(life: Life) -> str:
    """Return the state of the incident and who must act, in a few lines."""
    return "\n".join([headline(life), *(f"- {phrases.act(act)}" for act in life.acts[1:])])


def started(branch: str, number: int, spec_path: str, tag: str) -> str:
    """Return what `start` created, with the commands to continue from there."""
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
    """Return the answer to `start` if the branch already exists."""
    pull = f", pull request #{number}" if number else ""
    return f"The hotfix branch {code(branch)} exists{pull}."


def not_an_incident(pull: bool) -> str:
    """Return what to do if the issue or pull request does not belong to an incident."""
    if pull:
        return "this pull request fixes no incident: name one with `Fixes #N` in its description and commits"
    return f"this issue is not an incident: someone with write access declares one with `{WORD} declare P0`"


def reopened(life: Life) -> str:
    """Return why the App reopens an incident that a merge or commit closed."""
    debts = "\n".join(f"- {phrases.debt(debt)}" for debt in life.open_debts) or "- The fix is not in production yet."
    return (
        "A merge or commit closed this incident, but something is still open:\n\n"
        f"{debts}\n\nIt closes automatically once this is settled, or with `{WORD} resolve`.\n\n{marker('reopened')}\n"
    )


def resolved(life: Life, command: GivenCommand) -> str:
    """Return who resolved the incident, and which debts stay open."""
    debts = "\n".join(f"- {phrases.debt(debt)}" for debt in life.open_debts)
    rest = f"This stays open:\n\n{debts}" if debts else "No back-merge, follow-up or post-mortem is left open."
    return f"Resolved by {phrases.person(command.by)}. {rest}\n\n{_left(life)}{marker(f'resolved {command.id}')}\n"


def settled(life: Life) -> str:
    """Return why the App closes the incident, and which lines of the checklist stay open."""
    return (
        "The fix is verified and nothing is owed any more, so the incident is closed.\n\n"
        f"{_left(life)}{marker('settled')}\n"
    )


def _left(life: Life) -> str:
    return f"{left}\n\n" if (left := phrases.left_open(life)) else ""


def pull_closed(branches: Sequence[str]) -> str:
    """Return why the App closes a pull request whose fix is already in the long-lived branches."""
    names = " and ".join(code(name, 100) for name in branches)
    return f"{names} contain the fix already, so there is nothing left to merge.\n\n{marker('pull-closed')}\n"
