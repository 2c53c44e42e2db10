"""Render a verdict for a terminal: details first, the verdict and the next command on the last line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hotfix.finding import AUTHOR, Status
from hotfix.remedies import pull_commands, rebase
from hotfix.render import verdict_parts
from hotfix.text.escaping import one_line, printable
from hotfix.text.sentences import wrapped
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {
    Status.PASSED: ("✓", "+", "green"),
    Status.FAILED: ("✗", "x", "bold red"),
    Status.PENDING: ("…", ".", "bold yellow"),
    Status.UNKNOWN: ("?", "?", "bold magenta"),
    Status.NOT_EVALUATED: ("-", "-", "dim"),
}
_CONCLUSIONS = {
    Conclusion.PASS: ("✓", "+", "bold green"),
    Conclusion.FAIL: ("✗", "x", "bold red"),
    Conclusion.PENDING: ("…", ".", "bold yellow"),
    Conclusion.UNKNOWN: ("?", "?", "bold magenta"),
}
_WIDEST = 100
"""Maximum line width in columns; longer lines are hard to read."""
_MOST_LINES = 40
_DETAILS = (20, 8, 4, 2, 0)
"""Maximum number of details per finding, tried in order until everything fits."""

Line = tuple[str, str]
"""The text of a line and its Rich style."""


def terminal(
    verdict: Verdict, console: Console, *, where: str = "", next_command: str = "", verbose: bool = True
) -> None:
    """Print the verdict. `where` names what was evaluated, such as the branch `hotfix/login`.

    Sentences are wrapped to the width of the console; commands are not, so that they can be copied. Rich markup and
    terminal escape sequences in user text have no effect. Unless `verbose`, at most 40 lines are printed.
    """
    from rich.text import Text

    plain = not (console.encoding or "").lower().startswith("utf")
    width = min(console.width, _WIDEST)
    for words, style in _fitting(_Page(verdict, where, next_command, width, plain), verbose):
        console.print(Text(words, style=style), soft_wrap=True, highlight=False)


def without_style(
    verdict: Verdict, *, where: str = "", next_command: str = "", verbose: bool = True, ascii_only: bool = False
) -> str:
    """Return the output of `terminal` for a pipe or a file: 80 columns, without colours and without importing Rich."""
    page = _Page(verdict, where, next_command, 80, ascii_only)
    return "\n".join(words for words, _ in _fitting(page, verbose))


def _fitting(page: _Page, verbose: bool) -> list[Line]:
    """Return all lines if `verbose`, otherwise what fits: fewer details, then no fixes for the last findings."""
    lines = list(page.lines(None))
    if verbose:
        return lines
    for details in _DETAILS:
        if len(lines := list(page.lines(details))) <= _MOST_LINES:
            return lines
    for whole in reversed(range(page.findings)):
        if len(lines := list(page.lines(0, whole))) <= _MOST_LINES:
            return lines
    end = len(page.last_lines())
    return [*lines[: _MOST_LINES - 1 - end], ("... --verbose shows the rest", "dim"), *lines[-end:]]


class _Page:
    """The lines of a verdict, at a selectable level of detail."""

    def __init__(self, verdict: Verdict, where: str, next_command: str, width: int, plain: bool) -> None:
        self.verdict = verdict
        self.where = where
        self.next_command = next_command
        self.width = width
        self.plain = plain
        self.needless = verdict_parts.needless(verdict)
        self.push = verdict_parts.common_push(verdict)
        self.findings = len(verdict_parts.deciding(verdict)) + len(verdict_parts.warnings(verdict))

    def lines(self, details: int | None, whole: int | None = None) -> Iterator[Line]:
        """Yield the lines with at most `details` details per finding, and fixes for the first `whole` findings only.

        None means no limit.
        """
        yield from self._head()
        yield from self._without_rules()
        deciding, warned = verdict_parts.deciding(self.verdict), verdict_parts.warnings(self.verdict)
        for position, result in enumerate((*deciding, *warned)):
            in_full = whole is None or position < whole
            if in_full or position == whole:
                yield "", ""
            yield from self._finding(result, details, warning=position >= len(deciding), in_full=in_full)
        if self.push:
            yield "", ""
            yield "Then push:", ""
            yield from self._command(self.push)
        if whole is not None:
            yield "--verbose shows every detail and fix", "dim"
        if overridden := verdict_parts.overridden(self.verdict):
            yield "", ""
            for result in overridden:
                if o := result.override:
                    words = f"{result.rule} was overridden by {one_line(o.by)}: {one_line(o.reason)}"
                    yield from self._wrapped(words, "cyan")
        yield from self._rest()
        yield "", ""
        yield from self._actors()
        yield from ((line, _CONCLUSIONS[self.verdict.conclusion][2]) for line in self.last_lines())

    def _head(self) -> Iterator[Line]:
        verdict = self.verdict
        where = f"{one_line(self.where)} at " if self.where else ""
        production = verdict.production
        against = f", production is {one_line(production.tag)}" if production else ""
        if production and production.known_from == "tag" and verdict.pull is None:
            against += ", the highest tag here (only GitHub knows what was deployed)"
        if production and production.shipped_as:
            against = (
                f", compared with {one_line(production.tag)}; production runs it as {one_line(production.shipped_as)}"
            )
        yield from self._wrapped(f"{where}{verdict.head_sha[:12]}{against}", "dim")
        yield from self._wrapped(f"policy: {one_line(verdict_parts.policy_source(verdict))}", "dim")
        for line in verdict.note.splitlines():
            yield from self._wrapped(one_line(line), "yellow", "", 2)

    def _without_rules(self) -> Iterator[Line]:
        """Yield what to do if no rules were evaluated."""
        verdict = self.verdict
        if verdict.kind is VerdictKind.HOTFIX:
            return
        yield "", ""
        match verdict.kind:
            case VerdictKind.NOT_A_HOTFIX:
                yield from self._wrapped(f"The label {one_line(verdict.label)} makes a pull request a hotfix.", "dim")
            case VerdictKind.BROKEN_POLICY:
                words = "No hotfix can pass until someone who may change the policy corrects it:"
                yield from self._wrapped(words, "bold")
                yield f"    {printable(self.next_command or 'hotfix policy validate')}", "bold cyan"
            case VerdictKind.MISSING_LABEL:
                words = (
                    "The author must act: add the label if this is a hotfix; otherwise use a branch with another name"
                )
                yield from self._wrapped(words, "bold")
                label = f"--add-label {shlex.quote(verdict.label)}"
                yield f"    {pull_commands.command(verdict.repo, verdict.pull, 'edit', label)}", "bold cyan"

    def _finding(self, result: RuleResult, details: int | None, *, warning: bool, in_full: bool) -> Iterator[Line]:
        finding = result.finding
        mark, style = ("!", "yellow") if warning else (self._mark(result.status), _MARKS[result.status][2])
        message = one_line(verdict_parts.sentence(finding.message, finding))
        words = f"{mark} {result.rule}{' (warning)' if warning else ''}: {message}"
        if not in_full:
            yield _shortened(words, self.width), style
            return
        yield from self._wrapped(words, style, "", 2)
        most = len(finding.details) if details is None else details
        shown, more = verdict_parts.unsaid(finding, most)
        for line in shown:
            yield from self._wrapped(one_line(line), "", "    ", 2)
        if more:
            count = f"and {more:,} more" if shown else f"{more:,} line{'' if more == 1 else 's'}"
            yield f"    ... {count}" + (" (--verbose)" if more > finding.more_details else ""), "dim"
        if finding.remediation:
            remedy = one_line(verdict_parts.sentence(finding.remediation, finding))
            label = "Next" if result.status is Status.PENDING else "Fix"
            yield from self._wrapped(f"{label}: {remedy}", "", "  ", 2)
        same_as = "" if warning else self.needless.get(result.rule, "")
        if same_as and finding.commands:
            yield f"    (the commands of {same_as} cover this too)", "dim"
        for command in () if same_as else finding.commands:
            if command != self.push:
                yield from self._command(command)
        if not finding.suggestion or finding.suggestion_in_file:
            return
        if details is None:
            yield "  A corrected text:", ""
            yield from ((f"    {line}", "cyan") for line in printable(finding.suggestion).rstrip().split("\n"))
        else:
            yield "  --verbose shows a corrected text", "dim"

    def _command(self, command: str) -> Iterator[Line]:
        if rebase.is_first_push(command):
            command = "hotfix submit"
        for part in rebase.in_lines(command):
            for line in printable(part).split("\n"):
                yield f"    {line}", "bold cyan"

    def _rest(self) -> Iterator[Line]:
        passed, elsewhere = verdict_parts.passing(self.verdict), verdict_parts.not_evaluated(self.verdict)
        if passed or elsewhere:
            yield "", ""
        if passed:
            names = ", ".join(result.rule for result in passed)
            count = "1 rule passes" if len(passed) == 1 else f"{len(passed)} rules pass"
            words = f"{self._mark(Status.PASSED)} {count}: {names}"
            yield from self._wrapped(words, _MARKS[Status.PASSED][2], "", 2)
        if elsewhere:
            names = ", ".join(result.rule for result in elsewhere)
            yield from self._wrapped(f"- not evaluated here, only GitHub has the facts: {names}", "dim", "", 2)

    def _actors(self) -> Iterator[Line]:
        """Yield who must act, except for the author, who is the reader."""
        if ended := verdict_parts.ended(self.verdict):
            yield from self._wrapped(f"Every rule passes, but {ended}: find out why before it is shipped again", "bold")
        for actor, rules in verdict_parts.acting(self.verdict).items():
            if actor != AUTHOR:
                yield from self._wrapped(f"Now {one_line(actor)} must act: {', '.join(rules)}", "bold")

    def last_lines(self) -> list[str]:
        """Return the verdict and the next command: on one line, with the names of rules only if they fit.

        If they don't fit on one line, the command has the last one for itself.
        """
        mark = _CONCLUSIONS[self.verdict.conclusion][1 if self.plain else 0]
        next_command = f"Next: {printable(self.next_command)}" if self.next_command else ""
        headline = one_line(verdict_parts.headline(self.verdict))
        if self.verdict.conclusion is Conclusion.PASS and self.verdict.pull is None:
            headline = one_line(self.verdict.title)  # only the evaluation on GitHub can pass a hotfix
        parts = headline.split(": ")
        lines = [f"{mark} {': '.join(parts[:count])}. {next_command}".rstrip() for count in range(len(parts), 0, -1)]
        if fitting := next((line for line in lines if len(line) <= self.width), ""):
            return [fitting]
        words = [line for line, _ in self._wrapped(f"{mark} {headline}.", "", "", 2)]
        return [*words, next_command] if next_command else words

    def _mark(self, status: Status) -> str:
        return _MARKS[status][1 if self.plain else 0]

    def _wrapped(self, words: str, style: str, start: str = "", hang: int = 0) -> Iterator[Line]:
        lines = wrapped(words, max(self.width, 20), start, start + " " * hang)
        yield from ((line, style) for line in lines)


def _shortened(words: str, width: int) -> str:
    """Return the words that fit on one line, and an ellipsis if there are more."""
    if len(words) <= width:
        return words
    room = max(width - 4, 10)
    return f"{words[: room + 1].rpartition(' ')[0].rstrip(' ;,') or words[:room]} ..."
