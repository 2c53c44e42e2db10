"""A verdict for the eyes of someone woken at night: what is wrong, who must act, the command that mends it."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hotfix.finding import Finding, Status
from hotfix.render import acting
from hotfix.text.escaping import one_line, printable
from hotfix.verdict import Conclusion, Kind, RuleResult, Verdict

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {
    Status.PASSED: ("✓", "+", "green"),
    Status.FAILED: ("✗", "x", "bold red"),
    Status.PENDING: ("…", ".", "bold yellow"),
    Status.UNKNOWN: ("?", "?", "bold magenta"),
    Status.NOT_EVALUATED: ("-", "-", "dim"),
}
_STYLES = {
    Conclusion.PASS: "bold green",
    Conclusion.FAIL: "bold red",
    Conclusion.PENDING: "bold yellow",
    Conclusion.UNKNOWN: "bold magenta",
}
_MOST_DETAILS = 20
_WIDEST = 100
"""Columns: longer lines are hard to read."""

Line = tuple[str, str]
"""Words and their style."""


def terminal(verdict: Verdict, console: Console, *, where: str = "") -> None:
    """Print the verdict. `where` says what was judged (`hotfix/login`).

    Sentences are wrapped to the console; commands never are, so that they can be copied. User text is printed as text:
    neither Rich's markup nor a terminal's escapes in it do anything.
    """
    from rich.text import Text

    plain = not (console.encoding or "").lower().startswith("utf")
    for words, style in _lines(verdict, where, min(console.width, _WIDEST), plain):
        console.print(Text(words, style=style), soft_wrap=True, highlight=False)


def without_style(verdict: Verdict, *, where: str = "", ascii_only: bool = False) -> str:
    """What `terminal` prints, for a pipe or a file: 80 columns, no colours, and no time spent on loading Rich."""
    return "\n".join(words for words, _ in _lines(verdict, where, 80, ascii_only))


def _lines(verdict: Verdict, where: str, width: int, plain: bool) -> Iterator[Line]:
    yield from _wrapped(acting.headline(verdict), width, _STYLES[verdict.conclusion])
    against = f", against {one_line(verdict.production.tag)}" if verdict.production else ""
    if verdict.production:
        shipped = one_line(verdict.production.shipped_as)
        against += f"; production runs it already, in {shipped}" if shipped else " in production"
    yield from _wrapped(
        f"{one_line(where) + ' at ' if where else ''}{verdict.head_sha[:12]}{against}", width, "dim", "  "
    )
    yield from _wrapped(f"policy: {one_line(verdict.policy_source)}", width, "dim", "  ")
    for line in verdict.note.splitlines():
        yield f"  {one_line(line)}", ""
    yield from _without_rules(verdict, width)
    if now := acting.acting(verdict):
        yield "", ""
        for who, rules in now.items():
            yield from _wrapped(f"Now {one_line(who)} must act: {', '.join(rules)}", width, "bold")
    for judged in acting.deciding(verdict):
        yield "", ""
        yield from _finding(judged, width, plain)
    if overridden := acting.overridden(verdict):
        yield "", ""
        for judged in overridden:
            if o := judged.override:
                yield from _wrapped(
                    f"{judged.rule} was set aside by {one_line(o.by)}: {one_line(o.reason)}", width, "cyan"
                )
    if warned := acting.warnings(verdict):
        yield "", ""
        yield "Warnings (they don't block):", "yellow"
        for judged in warned:
            yield from _finding(judged, width, plain, style="yellow")
    yield from _rest(verdict, width, plain)


def _without_rules(verdict: Verdict, width: int) -> Iterator[Line]:
    """What is to be done where no rule was asked."""
    if verdict.kind is Kind.HOTFIX:
        return
    yield "", ""
    match verdict.kind:
        case Kind.NOT_A_HOTFIX:
            yield from _wrapped(f"The label {one_line(verdict.label)} makes a pull request a hotfix.", width, "dim")
        case Kind.BROKEN_POLICY:
            yield from _wrapped("Now whoever may change the policy must act: no hotfix can pass before", width, "bold")
            yield "    hotfix policy validate", "bold cyan"
        case Kind.MISSING_LABEL:
            words = "Now the author must act: add the label if this is a hotfix, or rename the branch if it isn't"
            yield from _wrapped(words, width, "bold")
            yield f"    gh pr edit {verdict.pull or 'NUMBER'} --add-label {shlex.quote(verdict.label)}", "bold cyan"


def _finding(judged: RuleResult, width: int, plain: bool, style: str | None = None) -> Iterator[Line]:
    finding: Finding = judged.finding
    fancy, ascii_mark, own = ("!", "!", style) if style else _MARKS[judged.status]
    yield from _wrapped(
        f"{ascii_mark if plain else fancy} {judged.rule}: {one_line(finding.message)}", width, own, "", 2
    )
    shown, more = acting.cut(finding, _MOST_DETAILS)
    for line in shown:
        yield from _wrapped(one_line(line), width, "", "    ", 2)
    if more:
        yield f"    ... and {more:,} more; --format json lists them", "dim"
    if finding.remediation:
        yield from _wrapped(f"To mend it: {one_line(finding.remediation)}", width, "", "  ", 2)
    for command in finding.commands:
        for line in printable(command).split("\n"):
            yield f"    {line}", "bold cyan"
    if finding.suggestion:
        yield "  A corrected text:", ""
        yield from ((f"    {line}", "cyan") for line in printable(finding.suggestion).rstrip().split("\n"))


def _rest(verdict: Verdict, width: int, plain: bool) -> Iterator[Line]:
    passed, elsewhere = acting.passing(verdict), acting.not_evaluated(verdict)
    if passed or elsewhere:
        yield "", ""
    if passed:
        fancy, ascii_mark, style = _MARKS[Status.PASSED]
        names = ", ".join(j.rule for j in passed)
        yield from _wrapped(f"{ascii_mark if plain else fancy} {_pass(len(passed))}: {names}", width, style, "", 2)
    if elsewhere:
        names = ", ".join(j.rule for j in elsewhere)
        yield from _wrapped(f"- not judged here, only GitHub knows: {names}", width, "dim", "", 2)


def _pass(count: int) -> str:
    return "1 rule passes" if count == 1 else f"{count} rules pass"


def _wrapped(words: str, width: int, style: str, start: str = "", hang: int = 0) -> Iterator[Line]:
    wrapped = textwrap.wrap(
        words,
        max(width, 20),
        initial_indent=start,
        subsequent_indent=start + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from ((line, style) for line in wrapped or [""])
