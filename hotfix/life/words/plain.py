"""Write the state of an incident for the terminal: the text of the status comment without markup."""

from __future__ import annotations

import html
import re

from hotfix.life.incident_life import Life
from hotfix.life.words import phrases, timeline_lines
from hotfix.life.words.status_comment import headline
from hotfix.text import durations
from hotfix.text.comment_commands import WORD
from hotfix.text.escaping import one_line, printable

FEW = 3
"""Maximum number of open lines shown per section of the checklist in the brief form."""
_MARKUP = re.compile(r"\*\*|(?<!\\)`|&#8203;")
_ESCAPED = re.compile(r"\\([\\`*_\[\]{}()!~<>|$#+=.-])")


def plain(markdown: str) -> str:
    """Return one line of generated Markdown as plain text."""
    return printable(html.unescape(_ESCAPED.sub(r"\1", _MARKUP.sub("", markdown))))


def status_lines(life: Life, *, ascii_only: bool = False, entries: int | None = None, brief: bool = False) -> list[str]:
    """Return the state of the incident as lines of text.

    `entries` is the number of newest timeline entries to show; all if None. `brief` shows only the first open lines of
    each section of the checklist.
    """
    dot = " - " if ascii_only else " · "
    title = one_line(f"{life.record.repo}#{life.record.number}: {life.record.title}")
    lines = [title, plain(headline(life)).replace(" · ", dot)]
    lines += [f"  {plain(phrases.act(act))}" for act in life.acts[1:]]
    for part in life.checklist:
        done = [line for line in part.lines if line.tick or line.needless]
        listed = [line for line in part.lines if line not in done][:FEW] if brief else part.lines
        lines += ["", f"{part.title}: {len(done)} of {len(part.lines)} done" if brief else part.title]
        for line in listed:
            mark = "x" if line.tick else "-" if line.needless else " "
            who = f" by {line.tick.who}" if line.tick and line.tick.who else ""
            when = f"{who} at {durations.moment(line.tick.at)}" if line.tick else ""
            note = one_line(line.tick.note) if line.tick else plain(line.hint)
            hint = f": {note}" if note else ""
            lines.append(f"  [{mark}] {line.text}{one_line(when) and ' -' + when}{hint}")
        if brief and (left := len(part.lines) - len(done) - len(listed)):
            lines.append(f"  {left} more: --verbose shows all")
    if any(f"{WORD} " in line for line in lines):
        lines += ["", f"Post {WORD} commands as comments on {one_line(life.record.repo)}#{life.record.number}."]
    if life.open_debts:
        lines += ["", "Still open", *(f"  {plain(phrases.debt(debt))}" for debt in life.open_debts)]
    lines += ["", "Timeline"]
    shown = life.timeline if entries is None else life.timeline[-entries:]
    if left := len(life.timeline) - len(shown):
        lines.append(f"  {left} earlier {'entry' if left == 1 else 'entries'}: --verbose shows all")
    lines += [f"  {durations.moment(entry.at)}  {plain(timeline_lines.line(entry))}" for entry in shown]
    return lines
