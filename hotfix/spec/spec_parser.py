"""Parse a spec into its sections."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

from hotfix import severities
from hotfix.severities import Severity
from hotfix.spec import named_files
from hotfix.spec.named_files import NamedFile
from hotfix.spec.sections import FILES, SECTIONS
from hotfix.text import issue_references, markdown, placeholders
from hotfix.text.escaping import one_line
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.markdown import LineKind, ListEntry, TextLine

_KEYS = {re.sub(r"[^a-z0-9]+", " ", name.casefold()): name for name in SECTIONS} | {
    "problem statement": "Problem",
    "minimal fix approach": "Minimal Fix",
    "verification steps": "Verification",
    "rollback": "Rollback Plan",
}
"""Normalized heading -> section, including names that the workflow uses but not its template."""
_TITLE = lazy_pattern(r"\W{0,8}hotfix\s{0,3}[:–—-]\s*(.*)\Z", re.IGNORECASE)
_BARE_SEVERITY = lazy_pattern(r"\W{0,8}severity[ \t*_–—-]{1,8}(\S.{0,60})", re.IGNORECASE)
"""A severity heading without the colon: `## Severity P0`."""
_PEOPLE = lazy_pattern(r"\b(?:user|customer|account)s?\b", re.IGNORECASE)
_PERCENT = lazy_pattern(
    r"(<|≤|\b(?:under|below|less than|fewer than))?\s{0,3}(\d{1,3}(?:[.,]\d{1,6})?)\s{0,3}(?:%|(?:per\s?cent|pct)\b)"
)
_RATIO = lazy_pattern(
    r"\W{0,3}(?:(?:about|around|roughly|only)\s)?(\d[\d,]{0,15})\s(?:of|in|out of)\s(\d[\d,]{0,15})\b"
)
"""A ratio at the beginning of a text, such as `3 of 1,000`."""
_NOBODY = lazy_pattern(r"\W*(?:0|zero|none|nobody|no one|no (?:users?|customers?))\W*")


@dataclass(frozen=True)
class SpecSection:
    """One section of a spec, as written."""

    name: str
    line: int
    """The line number of the heading."""
    value: str
    """The text after the colon in the heading: `P0` in `## Severity: P0`."""
    lines: tuple[TextLine, ...]

    @cached_property
    def filled(self) -> bool:
        """Return whether the section has any content."""
        return not placeholders.is_nothing(self.value) or any(_says_something(line) for line in self.lines)

    @property
    def instead(self) -> str:
        """Return the text in a section without content, such as ` (N/A)`; empty if there is none."""
        said = (self.value, *(line.text.strip() for line in self.lines if line.kind is not LineKind.HEADING))
        return next((f" ({text[:20]})" for text in said if any(c.isalnum() for c in text)), "")

    @property
    def said(self) -> tuple[str, ...]:
        """Return the lines of the section, without list markers and the template's placeholders."""
        if not self.filled:
            return ()
        lines = (line.text.strip().lstrip("-*+0123456789.) ").strip() for line in self.lines)
        return tuple(one_line(line) for line in lines if line and not placeholders.find(line))


@dataclass(frozen=True, slots=True)
class DeclaredSeverity:
    """A declared severity, as written."""

    text: str
    line: int

    @property
    def severity(self) -> Severity | None:
        """Return the severity; None if the text names none or several."""
        return severities.parse(self.text)


@dataclass(frozen=True, eq=False)
class Spec:
    """A parsed spec, not yet checked for problems. Compared and hashed by identity, as what `parse` caches."""

    title: str
    """The title without `HOTFIX:`; empty if there is none."""
    title_line: int
    sections: Mapping[str, SpecSection]
    """Sections by their names in the template."""
    lines: tuple[TextLine, ...]
    entries: tuple[ListEntry, ...] = ()
    """The list entries and table rows of the whole text."""
    length: int = 0
    """Length of the text in characters; the text beyond `markdown.LONGEST` was not parsed."""

    @property
    def too_long(self) -> bool:
        """Return whether the text was too long to be parsed completely."""
        return self.length > markdown.LONGEST

    @cached_property
    def declared(self) -> tuple[DeclaredSeverity, ...]:
        """Return all declared severities: in the section, and in lines `Severity: ...` elsewhere."""
        section = self.sections.get("Severity")
        if not section or not section.filled:
            return tuple(DeclaredSeverity(value, line) for value, line in self.labelled("severity"))
        found = list(_in_section(section))
        for line in self.lines:
            label = markdown.label(line.text) or _bare(line)
            if line.kind in _WORDS and label and label[0] == "severity" and label[1]:
                found.append(DeclaredSeverity(label[1], line.number))
        unique = {(declared.text, declared.line): declared for declared in found}
        return tuple(unique.values())

    @property
    def severity(self) -> Severity | None:
        """Return the declared severity; None if there are none or several."""
        found = {d.severity for d in self.declared}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def files(self) -> tuple[NamedFile, ...]:
        """Return the files named under *Files to Change*."""
        section = self.sections.get(FILES)
        return named_files.read(self.entries, {line.number for line in section.lines}) if section else ()

    def says(self, name: str) -> tuple[str, ...]:
        """Return `SpecSection.said` of a section; empty if there is no such section."""
        section = self.sections.get(name)
        return section.said if section else ()

    @property
    def rollback(self) -> str | None:
        """Return the rollback plan as one line, as in a commit message; None if there is none."""
        return " ".join(self.says("Rollback Plan")) or None

    @property
    def issue(self) -> str | None:
        """Return the first issue that the spec says it fixes, as normalized by `issue_references.normal`."""
        named = issue_references.named(self.fixes())
        return named[0] if named else None

    def fixes(self, repo: str = "") -> tuple[issue_references.Mention, ...]:
        """Return the issues that the spec says it fixes, except those under *Post-Fix Actions*."""
        if repo not in self._fixes:
            after = self.sections.get("Post-Fix Actions")
            skip = {line.number for line in after.lines} if after else set()
            words = ((line.number, line.prose) for line in self.lines if line.kind in _WORDS)
            self._fixes[repo] = issue_references.fixed(((at, text) for at, text in words if at not in skip), repo)
        return self._fixes[repo]

    @cached_property
    def _fixes(self) -> dict[str, tuple[issue_references.Mention, ...]]:
        """Cache of `fixes` by repository, since several rules call it."""
        return {}

    def labelled(self, *names: str) -> tuple[tuple[str, int], ...]:
        """Return the values of lines `Name: value`, and of sections with that name, with their line numbers."""
        return tuple((value, line) for name, value, line in self._labels if name in names)

    @cached_property
    def _labels(self) -> tuple[tuple[str, str, int], ...]:
        """Name, value and line number of each line `Name: value` and of each section with a value."""
        found = []
        below = ""
        for line in reversed(self.lines):
            if line.kind in _WORDS and (label := markdown.label(line.text) or _bare(line)):
                name, value = label
                if not value and line.kind is LineKind.HEADING:
                    value = below
                if value:
                    found.append((name, value, line.number))
            below = line.text.strip() or below
        return tuple(reversed(found))

    @cached_property
    def link_names(self) -> frozenset[str]:
        """Return the labels of the text's link definitions, in lower case."""
        matches = (markdown.LINK_DEFINITION.match(line.text) for line in self.lines)
        return frozenset(match[1].strip().casefold() for match in matches if match)

    @property
    def users_percent(self) -> tuple[float, int] | None:
        """Return the highest percentage of users in `Users affected`, and its line number."""
        lines = self.sections["Impact"].lines if "Impact" in self.sections else ()
        sentences = ((line.text, line.number) for line in lines if line.kind in _WORDS and _PEOPLE.search(line.text))
        for value, at in self.labelled("users affected", "affected users", "users") or sentences:
            if shares := _shares(unicodedata.normalize("NFKC", value).casefold()):
                return max(shares), at
        return None


def _shares(said: str) -> list[float]:
    """Return the percentages in a text; 0 if it says that nobody is affected."""
    if _NOBODY.fullmatch(said):
        return [0.0]
    found = [float(number.replace(",", ".")) - (0.001 if less else 0) for less, number in _PERCENT.findall(said)]
    if not found and (ratio := _RATIO.match(said)):
        part, whole = (int(number.replace(",", "")) for number in ratio.groups())
        found = [100 * part / whole] if 0 < whole >= part else []
    return found


def _in_section(section: SpecSection) -> Iterator[DeclaredSeverity]:
    """Yield the severity of a section, and further ones that are alone on a line of it."""
    said = [line for line in section.lines if _says_something(line)]
    texts = [(item.text if (item := markdown.item(line.text)) else line.text.strip(), line.number) for line in said]
    if section.value:
        yield DeclaredSeverity(section.value, section.line)
    elif boxes := [(item, line) for line in said if (item := markdown.item(line.text)) and item.box]:
        ticked = [(item.text, line.number) for item, line in boxes if item.box == "x"]
        yield DeclaredSeverity(" / ".join(text for text, _ in ticked), ticked[0][1] if ticked else boxes[0][1].number)
        return
    else:
        text, number = texts.pop(0)
        yield DeclaredSeverity(text, number)
    yield from (DeclaredSeverity(text, number) for text, number in texts if severities.parse(text) and " " not in text)


_WORDS = (LineKind.TEXT, LineKind.HEADING)


def parse(text: str) -> Spec:
    """Parse any text as a spec. Never raises; the text beyond `markdown.LONGEST` is ignored."""
    return _parse(text.removeprefix("\ufeff")[: markdown.LONGEST], len(text))


@lru_cache(16)  # several rules read the same body
def _parse(text: str, length: int) -> Spec:
    document = markdown.read(text)
    lines = document.lines
    title, title_line = "", 0
    heads: dict[str, tuple[int, str]] = {}
    bodies: dict[str, list[TextLine]] = defaultdict(list)
    current, level = "", 0
    for line in lines:
        if line.kind is LineKind.HEADING:
            name, value = _known(line.text)
            if name or not current or line.level <= level:
                current, level = name, line.level
                if name:
                    at, before = heads.get(name, (line.number, ""))
                    heads[name] = at, before or value
                elif not title_line and (match := _TITLE.match(line.text)):
                    title, title_line = match[1].strip(), line.number
                continue
        bodies[current].append(line)
    found = {name: SpecSection(name, at, value, tuple(bodies[name])) for name, (at, value) in heads.items()}
    return Spec(
        title=title,
        title_line=title_line,
        sections=MappingProxyType(found),
        lines=lines,
        entries=document.entries,
        length=length,
    )


def _known(heading: str) -> tuple[str, str]:
    """Return the section that a heading opens, and its value; an empty name if it is not in the template."""
    name, _, value = heading.partition(":")
    if not value and (match := _BARE_SEVERITY.fullmatch(heading)) and severities.choices(match[1]):
        return "Severity", match[1]
    key = re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip().lstrip("0123456789 ")
    return _KEYS.get(key, ""), value.strip().strip("*_").strip()


def _says_something(line: TextLine) -> bool:
    text = line.text.strip()
    if line.kind is LineKind.CODE:
        return bool(text.strip("`~"))
    if line.kind is LineKind.HEADING:
        return False
    item = markdown.item(line.text)
    return not markdown.LINK_DEFINITION.match(line.text) and not placeholders.is_nothing(item.text if item else text)


def _bare(line: TextLine) -> tuple[str, str] | None:
    """Return a heading such as `## Category` as a label without a value; None for other lines."""
    return (line.text.strip("*_ ").casefold(), "") if line.kind is LineKind.HEADING else None
