"""The `title` rule: title and labels identify the pull request as a hotfix."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from pydantic import Field

from hotfix.facts import Facts
from hotfix.finding import Finding, failed, not_evaluated, passed
from hotfix.remedies import pull_commands
from hotfix.rules.base import Level, Rule, RuleOptions
from hotfix.rules.severity import declared
from hotfix.severities import Severity
from hotfix.text import placeholders
from hotfix.text.escaping import hides_characters, without_hidden
from hotfix.text.lazy_pattern import lazy_pattern

PREFIX = "HOTFIX: "
_LIKE_PREFIX = lazy_pattern(r"\W{0,4}hot-?fix(?![a-z])[\s:：\])–—-]{0,4}", re.IGNORECASE)


class TitleOptions(RuleOptions):
    """Options of the `title` rule."""

    level: Level = Field(Level.WARN, description="block: must pass; warn: shown only; off: not evaluated")
    p0_labels: tuple[str, ...] = Field(
        ("priority:critical",), min_length=1, description="Labels of which a P0 hotfix must have one"
    )
    p1_labels: tuple[str, ...] = Field(
        ("priority:high", "priority:critical"), min_length=1, description="Labels of which a P1 hotfix must have one"
    )

    def labels(self, severity: Severity | None) -> tuple[str, ...]:
        """Return the labels for the severity; all priority labels if none is declared yet. P2 needs no label."""
        if severity is Severity.P2:
            return ()
        if severity is Severity.P0:
            return self.p0_labels
        return self.p1_labels if severity else tuple(dict.fromkeys(self.p0_labels + self.p1_labels))

    @property
    def of_incidents(self) -> Mapping[Severity, str]:
        """The label that the App gives to an incident, by severity."""
        return {Severity.P0: self.p0_labels[0], Severity.P1: self.p1_labels[0]}


def check(facts: Facts, options: TitleOptions) -> Finding:
    """Fail if the title or the label is wrong; each is fixed by one command."""
    pull = facts.pull
    if pull is None:
        return not_evaluated("Only GitHub has the pull request's title and labels")
    severity = declared(facts)
    fitting = options.labels(severity)
    wrong = []
    fixes = []
    commands = []
    edit = pull_commands.pull_command(facts, "edit")
    description = pull.title.removeprefix(PREFIX.strip()).strip()
    hidden = hides_characters(pull.title)
    empty = placeholders.is_nothing(description) or placeholders.is_whole(description)
    if not pull.title.startswith(PREFIX) or empty or hidden:
        nothing = empty and pull.title.startswith(PREFIX.strip())
        says = "says nothing after" if nothing else "does not start with"
        wrong.append("The title holds invisible characters" if hidden else f"The title {says} `{PREFIX.strip()}`")
        fixes.append("retitle the pull request")
        title = without_hidden(pull.title)
        better = _LIKE_PREFIX.sub("", title, count=1) if _LIKE_PREFIX.match(title) else title
        if placeholders.is_nothing(better.strip()) or placeholders.is_whole(better):
            better = "[issue name]"
        commands.append(f"{edit} --title {shlex.quote(PREFIX + better.strip())}")
    if fitting and not {label.casefold() for label in pull.labels} & {label.casefold() for label in fitting}:
        wrong.append(
            f"No label fits {f'the severity {severity}' if severity else 'a severity'}: {' or '.join(fitting)}"
        )
        fixes.append("set the label")
        others = {label.casefold() for label in options.p0_labels + options.p1_labels}
        unfit = [label for label in pull.labels if label.casefold() in others]
        remove = "".join(f" --remove-label {shlex.quote(label)}" for label in unfit)
        commands.append(f"{edit} --add-label {shlex.quote(fitting[0])}{remove}")
    if not wrong:
        return passed("The title and the priority label mark it as a hotfix")
    return failed(
        wrong[0] + "".join(f"; {why[:1].lower()}{why[1:]}" for why in wrong[1:]),
        " and ".join(fixes).capitalize(),
        commands=tuple(commands),
    )


RULE = Rule(
    id="title",
    summary="passes when the title reads `HOTFIX: ...` and a priority label fits the severity",
    options=TitleOptions,
    check=check,
)
