"""The `severity` rule: the incident is severe enough for a hotfix."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from hotfix import message, severities, spec
from hotfix.facts import Facts
from hotfix.finding import Finding, Location, failed, passed, unknown
from hotfix.rules.base import Rule, RuleOptions
from hotfix.severities import Category, MinorKind, Severity

FEW_USERS = 5.0
"""Percentage of users below which an issue can wait, unless its category is one that hotfixes are for."""

WAIT = "it can wait for the next release"


class SeverityOptions(RuleOptions):
    """Options of the `severity` rule."""

    allowed: tuple[Severity, ...] = Field(
        (Severity.P0, Severity.P1), description="The severities that a hotfix may have", min_length=1
    )


@dataclass(frozen=True, slots=True)
class Declaration:
    """A severity declared in one place."""

    place: str
    """The place as shown: `specs/hotfix-x.md`, `the pull request's body`, `commit 1a2b3c4`."""
    text: str
    path: str = ""
    line: int = 0

    @property
    def severity(self) -> Severity | None:
        """Return the severity; None if the text names none or several."""
        return severities.parse(self.text)


def declarations(facts: Facts) -> tuple[Declaration, ...]:
    """Return all declared severities in order of precedence: spec, pull request's body, commits (oldest first)."""
    found = [
        Declaration(where, declared.text, path, declared.line)
        for where, path, text in _texts(facts)
        for declared in text.declared
    ]
    for commit in facts.own_commits:
        found += [
            Declaration(f"commit {commit.sha[:7]}", entry.text)
            for entry in message.parse(commit.message).severity
            if entry.text
        ]
    return tuple(found)


def declared(facts: Facts) -> Severity | None:
    """Return the severity of the hotfix, from the first place that declares one."""
    first = next(iter(declarations(facts)), None)
    return first.severity if first else None


def check(facts: Facts, options: SeverityOptions) -> Finding:
    """Fail with the first problem: the declared severity, then the category, then the percentage of users."""
    if why := spec.unread(facts):
        return unknown(why)
    found = declarations(facts)
    if not found:
        return _missing(facts)
    for declaration in found:
        if not declaration.severity:
            several = severities.named(declaration.text)
            if " and " in several:
                says = f"names {several}"
            else:
                says = f"only denies or doubts {several}" if several else "is not P0, P1 or P2"
            return _failed(
                f"The severity that {declaration.place} declares ({_quoted(declaration.text)}) {says}",
                "Write one severity: P0 or P1",
                (declaration,),
            )
    wins = found[0]
    if against := tuple(d for d in found if d.severity is not wins.severity):
        return _failed(
            f"{wins.place} says {severities.named(wins.text)}, "
            f"{against[0].place} says {severities.named(against[0].text)}",
            f"Write the same severity everywhere; {wins.place} takes precedence",
            found,
            tuple(f"{d.place}: {severities.named(d.text)}" for d in found),
        )
    if wins.severity not in options.allowed:
        allowed = " or ".join(options.allowed)
        return _failed(
            f"{wins.place} declares {_quoted(wins.text)}, and a hotfix is {allowed}: {WAIT}{_although(facts)}",
            "Send it as a regular pull request; if the assessment was wrong, correct the severity",
            (wins,),
        )
    kinds = categories(facts)
    for means, declaration in kinds:
        if means is None:
            known = ", ".join(Category)
            return _failed(
                f"The category {_quoted(declaration.text)} is not one that hotfixes are for",
                f"Name one of them ({known}), or send it as a regular pull request",
                (declaration,),
            )
        if isinstance(means, MinorKind):
            return _failed(
                f"{declaration.place} declares {means} ({_quoted(declaration.text)}): {WAIT}",
                "Send it as a regular pull request; if the assessment was wrong, correct the category",
                (declaration,),
            )
    if not kinds and (few := _few_users(facts)):
        return few
    names = f", {kinds[0][0]}" if kinds else ""
    return passed(f"{wins.severity} ({wins.severity.word}){names}, declared in {wins.place}{_although(facts)}")


def in_incidents(facts: Facts) -> str:
    """Return which incidents have another severity than the hotfix, such as `incident #7 says P0`; empty if none has.

    It is not a failure: a commander may change an incident's severity at any time, and the hotfix is as urgent then.
    """
    level, known = declared(facts), facts.pull.incidents if facts.pull else ()
    return " and ".join(f"incident #{number} says {severity}" for number, severity in known if severity is not level)


def _although(facts: Facts) -> str:
    return f", although {otherwise}" if (otherwise := in_incidents(facts)) else ""


def categories(facts: Facts) -> tuple[tuple[Category | MinorKind | None, Declaration], ...]:
    """Return the categories (None if unknown) in `Category:`, `Type:`, or a known word next to the severity."""
    found: list[tuple[Category | MinorKind | None, Declaration]] = []
    for where, path, text in _texts(facts):
        for value, line in text.labelled("category", "incident category"):
            found.append((severities.category(value), Declaration(where, value, path, line)))
        for value, line in text.labelled("type", "kind"):
            if means := severities.category(value):
                found.append((means, Declaration(where, value, path, line)))
    for commit in facts.own_commits:
        said_there = message.parse(commit.message)
        for words in (*said_there.free, *said_there.trailers):
            name, _, said = words.partition(": ")
            if name.casefold() == "category":
                found.append((severities.category(said), Declaration(f"commit {commit.sha[:7]}", said.strip())))
    found += [(means, each) for each in declarations(facts) if (means := severities.remark(each.text))]
    return tuple(found)


def _texts(facts: Facts) -> list[tuple[str, str, spec.Spec]]:
    """Return the spec and the pull request's body, each with its display name and the path of its file."""
    found = spec.find(facts)
    texts = [(found.where, found.source, found.spec)] if found else []
    if facts.pull and not (found and not found.source):
        texts.append(("the pull request's body", "", spec.parse(facts.pull.body)))
    return texts


def _few_users(facts: Facts) -> Finding | None:
    for where, path, text in _texts(facts):
        if share := text.users_percent:
            percent, line = share
            if percent >= FEW_USERS:
                return None
            few = Declaration(where, "", path, line)
            return _failed(
                f"{where} says that less than {FEW_USERS:g} % of users are affected, and names no category that "
                f"hotfixes are for: {WAIT}",
                "Send it as a regular pull request; if it is a security, data, payment, authentication or certificate "
                "failure, add a line such as `Category: security vulnerability`",
                (few,),
            )
    return None


def _missing(facts: Facts) -> Finding:
    if unread := [f.path for f in spec.spec_files(facts) if spec.text_of(f) is None]:
        return unknown(f"The spec {unread[0]} could not be read, and nothing else declares a severity")
    if facts.pull is None and "commits" in facts.missing:
        return unknown(f"The commits could not be read: {facts.missing['commits']}")
    return _failed(
        f"No severity is declared{_although(facts)}",
        f"Write `## Severity: P0` ({Severity.P0.meaning}) or `## Severity: P1` ({Severity.P1.meaning}) into the spec, "
        "the same as in the incident",
        (),
    )


def _failed(why: str, remediation: str, at: tuple[Declaration, ...], details: tuple[str, ...] = ()) -> Finding:
    return failed(
        why, remediation, locations=tuple(Location(d.path, d.line, why) for d in at if d.path), details=details
    )


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text[:60]}{'…' if len(text) > 60 else ''}”"


RULE = Rule(
    id="severity",
    summary="passes when one severity, P0 or P1, is declared, and nothing says that it can wait for the next release",
    options=SeverityOptions,
    check=check,
)
