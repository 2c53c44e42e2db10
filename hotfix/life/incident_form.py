"""Parse the issue of an incident: the answers of the issue form, or the same headings written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from hotfix import severities, spec
from hotfix.severities import Category, MinorKind, Severity
from hotfix.text import markdown, placeholders
from hotfix.text.markdown import LineKind

FIELDS = (
    "Severity",
    "Category",
    "Component",
    "Users affected",
    "Revenue impact",
    "Started",
    "Incident commander",
    "Customer-facing",
    "What is broken",
)
"""Headings of the issue form, in order."""
_OPTIONAL = frozenset({"Revenue impact", "Incident commander"})
"""Headings that may be empty: there may be no revenue impact, and the commander defaults to whoever declared."""
_KEYS = {re.sub(r"[^a-z]+", " ", name.casefold()).strip(): name for name in FIELDS} | {
    "commander": "Incident commander",
    "users": "Users affected",
    "impact": "Users affected",
    "start": "Started",
    "customer facing": "Customer-facing",
    "problem": "What is broken",
    "description": "What is broken",
    "brief description": "What is broken",
}
_NO_ANSWER = frozenset({"_no response_", "no response", "none selected", "unknown", "?", "-"})
_LOGIN = re.compile(r"@?([A-Za-z0-9][A-Za-z0-9-]{0,99}(?:_[A-Za-z0-9]{1,20})?)(?![\w/-])", re.ASCII)
_ZONE = re.compile(r"\s*\(?(?:UTC|GMT|Z)\)?\s*\Z", re.IGNORECASE)
FEW_USERS = 5.0
"""Percentage of affected users below which an incident can wait, unless its category calls for a hotfix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDescription:
    """The parsed description of an incident. Missing and invalid answers are None or empty."""

    severity: Severity | None = None
    category: Category | MinorKind | None = None
    component: str = ""
    users: str = ""
    users_percent: float | None = None
    revenue: str = ""
    started: datetime | None = None
    """The start of the incident, timezone-aware; if None, callers use the time of the declaration."""
    commander: str = ""
    """A login without `@`."""
    customer_facing: bool | None = None
    problem: str = ""
    missing: tuple[str, ...] = ()
    """Required headings without an answer."""
    problems: tuple[str, ...] = ()
    """Invalid answers, one sentence each. User text in them is not escaped."""


def read(body: str, declared_at: datetime) -> IncidentDescription:
    """Parse an issue's body. A start later than `declared_at` is reported as a problem."""
    answers = _answers(body)
    one = {name: values[0] for name, values in answers.items()}
    problems = [
        f"{name} is answered more than once: {' and '.join(values)}"
        for name, values in answers.items()
        if len(values) > 1 and name != "What is broken"
    ]
    started = _started(one.get("Started", ""), declared_at, problems)
    percent = _percent(one.get("Users affected", ""), problems)
    level = _severity(answers.get("Severity", ()), problems)
    commander = _commander(one.get("Incident commander", ""), problems)
    facing = _yes_or_no(one.get("Customer-facing", ""), problems)
    return IncidentDescription(
        severity=level,
        category=severities.category(one.get("Category", "")),
        component=one.get("Component", ""),
        users=one.get("Users affected", ""),
        users_percent=percent,
        revenue=one.get("Revenue impact", ""),
        started=started,
        commander=commander,
        customer_facing=facing,
        problem=one.get("What is broken", ""),
        missing=tuple(name for name in FIELDS if name not in answers and name not in _OPTIONAL),
        problems=tuple(problems),
    )


def can_wait(about: IncidentDescription, severity: Severity | None) -> str:
    """Return why the incident can wait for the next release, in a few words; empty if it can't."""
    if severity is Severity.P2:
        return "its severity is P2"
    if isinstance(about.category, MinorKind):
        return f"it is {about.category.value}"
    few = about.users_percent is not None and about.users_percent < FEW_USERS
    if few and not isinstance(about.category, Category):
        return f"it affects less than {FEW_USERS:g} % of users, and its category is not one that hotfixes are for"
    return ""


def _answers(body: str) -> dict[str, tuple[str, ...]]:
    """Return the distinct answers of each heading."""
    found: dict[str, list[str]] = {}
    name, lines = "", [""]

    def close() -> None:
        text = " ".join(" ".join(lines).split())
        nothing = name != "Customer-facing" and placeholders.is_nothing(text)
        if name and text and text.casefold() not in _NO_ANSWER and not nothing:
            found.setdefault(name, [])
            if text[:1000] not in found[name]:
                found[name].append(text[:1000])

    for line in markdown.scan(body[:65_536].removeprefix("\ufeff")):
        if line.kind is LineKind.HEADING:
            close()
            head, _, value = line.text.partition(":")
            name, lines = _key(head), [value]
        elif line.kind is LineKind.TEXT and (label := markdown.label(line.text)) and _key(label[0]):
            close()
            name, lines = _key(label[0]), [label[1]]
        elif line.kind is LineKind.QUOTE:
            continue
        else:
            lines.append(line.text)
    close()
    return {name: tuple(values) for name, values in found.items()}


def _key(heading: str) -> str:
    return _KEYS.get(re.sub(r"[^a-z]+", " ", heading.casefold()).strip(), "")


def _severity(answers: tuple[str, ...], problems: list[str]) -> Severity | None:
    said = {level for text in answers for level in severities.choices(text)}
    if len(said) == 1:
        return said.pop()
    if answers and len(answers) == 1:
        named = severities.named(answers[0])
        problems.append(f"Severity names {named}" if named else f"Severity is not P0, P1 or P2: {answers[0]}")
    return None


def _started(text: str, declared_at: datetime, problems: list[str]) -> datetime | None:
    if not text:
        return None
    zoned = _ZONE.sub("+00:00", text) if not text.rstrip().endswith("Z") or " " in text.strip() else text
    try:
        at = datetime.fromisoformat(zoned.strip().strip("`"))
    except ValueError:
        problems.append(f"Started can't be read as a time, such as 2026-03-01T03:12+01:00: {text[:60]}")
        return None
    if at.tzinfo is None:
        problems.append(f"Started has no time zone: write {at.isoformat(timespec='minutes')}Z or with an offset")
        return None
    if at > declared_at:
        problems.append("Started is later than the declaration")
        return None
    return at


def _percent(text: str, problems: list[str]) -> float | None:
    share = spec.parse(f"Users affected: {text}").users_percent if text else None
    if share is None:
        return None
    if share[0] > 100:
        problems.append(f"Users affected exceeds 100 %: {text[:60]}")
        return None
    return share[0]


def _commander(text: str, problems: list[str]) -> str:
    if not text:
        return ""
    if not (found := _LOGIN.fullmatch(text)):
        problems.append(f"Incident commander is not one login, such as @alice: {text[:60]}")
        return ""
    return found[1]


def _yes_or_no(text: str, problems: list[str]) -> bool | None:
    word = text.split(None, 1)[0].strip(".,:;!").casefold() if text else ""
    if word in ("yes", "y", "true"):
        return True
    if word in ("no", "n", "false"):
        return False
    if word:
        problems.append(f"Customer-facing is neither yes nor no: {text[:60]}")
    return None
