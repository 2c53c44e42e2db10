"""The minimal hotfix spec: its template, what is written in one, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from hotfix import issues, markdown, named_files, patterns, placeholders
from hotfix import severity as severities
from hotfix.facts import Change, Facts, File
from hotfix.markdown import Kind, Line
from hotfix.named_files import Comparison, Named
from hotfix.severity import Severity

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "Severity": "",
        "Problem": "[One sentence: What's broken]\n",
        "Impact": (
            "- Users affected: [number or percentage]\n"
            "- Revenue impact: [if applicable]\n"
            "- Duration: [how long has this been happening]\n"
        ),
        "Root Cause": "[If known; skip if not immediately obvious]\n",
        "Minimal Fix": "[Smallest possible change to resolve issue]\n",
        "Files to Change": "- [file1.ts] - [specific change]\n- [file2.ts] - [specific change]\n",
        "Verification": "1. [How to verify fix works]\n2. [Test this specific scenario]\n",
        "Rollback Plan": "[How to revert if hotfix makes things worse]\n",
        "Post-Fix Actions": (
            "- [ ] Create follow-up ticket for permanent fix\n"
            "- [ ] Update monitoring/alerts\n"
            "- [ ] Post-mortem scheduled\n"
        ),
    }
)
"""The template's sections in order, each with the text that waits to be replaced."""

OPTIONAL = frozenset({"Root Cause"})
_FILES = "Files to Change"
_KEYS = {re.sub(r"[^a-z0-9]+", " ", name.casefold()): name for name in SECTIONS} | {
    "problem statement": "Problem",
    "minimal fix approach": "Minimal Fix",
    "verification steps": "Verification",
    "rollback": "Rollback Plan",
}
"""A heading's words -> its section; the workflow also calls some otherwise than its template does."""
_EMPTY_IMPACTS = (("users affected", ""), ("revenue impact", ""), ("duration", ""))
_TITLE = re.compile(r"\W{0,8}hotfix\s{0,3}[:–—-]\s*(.*)\Z", re.IGNORECASE)
_BARE_SEVERITY = re.compile(r"\W{0,8}severity[ \t*_–—-]{1,8}(\S.{0,60})", re.IGNORECASE)
"""`## Severity P0`, without the colon."""
_LINK_DEFINITION = re.compile(r" {0,3}\[([^\[\]\n]{1,300})\]:\s*\S")
_PEOPLE = re.compile(r"\b(?:user|customer|account)s?\b", re.IGNORECASE)
_PERCENT = re.compile(
    r"(<|≤|\b(?:under|below|less than|fewer than))?\s{0,3}(\d{1,3}(?:[.,]\d{1,6})?)\s{0,3}(?:%|percent\b)"
)


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    line: int
    """Of its heading."""
    value: str
    """What the heading says after a colon: `P0` in `## Severity: P0`."""
    lines: tuple[Line, ...]

    @property
    def filled(self) -> bool:
        return not placeholders.is_nothing(self.value) or any(_says_something(line) for line in self.lines)

    @property
    def instead(self) -> str:
        """What stands in a section that is not filled, where that is a word: ` (N/A)`."""
        said = (self.value, *(line.text.strip() for line in self.lines if line.kind is not Kind.HEADING))
        return next((f" ({text[:20]})" for text in said if any(c.isalnum() for c in text)), "")


@dataclass(frozen=True, slots=True)
class Declared:
    """A severity as someone wrote it."""

    text: str
    line: int

    @property
    def severity(self) -> Severity | None:
        """None when the text names none, or several."""
        return severities.parse(self.text)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a spec, in one sentence without the spec's name."""

    section: str
    message: str
    line: int = 0


@dataclass(frozen=True)
class Spec:
    title: str
    """Without `HOTFIX:`; empty when there is none."""
    title_line: int
    sections: Mapping[str, Section]
    """By the template's names."""
    lines: tuple[Line, ...]

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """Every declaration of a severity: the section's, else the lines `Severity: ...`."""
        if (section := self.sections.get("Severity")) and section.filled:
            if section.value:
                return (Declared(section.value, section.line),)
            said = [line for line in section.lines if _says_something(line)]
            boxes = [(line, i) for line in said if (i := markdown.item(line.text)) and i.box]
            if boxes:
                ticked = [(line, i) for line, i in boxes if i.box == "x"]
                first = ticked[0][0] if ticked else boxes[0][0]
                return (Declared(" / ".join(i.text for _, i in ticked), first.number),)
            first_item = markdown.item(said[0].text)
            return (Declared(first_item.text if first_item else said[0].text.strip(), said[0].number),)
        return tuple(Declared(value, line) for value, line in self.labelled("severity"))

    @property
    def severity(self) -> Severity | None:
        """The one severity that is declared; None when there is none, or no one."""
        found = {d.severity for d in self.declared}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def files(self) -> tuple[Named, ...]:
        section = self.sections.get(_FILES)
        return named_files.read(section.lines) if section else ()

    @property
    def issue(self) -> str | None:
        """The first issue that the spec says it fixes, as `issues.normal` gives it without a repository."""
        named = issues.named(self.fixes())
        return named[0] if named else None

    def fixes(self, repo: str = "") -> tuple[issues.Mention, ...]:
        """What it says it fixes; what is left for after the fix doesn't count."""
        after = self.sections.get("Post-Fix Actions")
        skip = {line.number for line in after.lines} if after else set()
        return issues.fixed(
            ((line.number, line.prose) for line in self.lines if line.kind in _WORDS and line.number not in skip), repo
        )

    def labelled(self, *names: str) -> tuple[tuple[str, int], ...]:
        """The values of lines `Name: value`, and of sections of that name, with their line numbers."""
        found = []
        for at, line in enumerate(self.lines):
            if line.kind not in _WORDS or not (label := markdown.label(line.text) or _bare(line)):
                continue
            name, value = label
            if name in names:
                if not value and line.kind is Kind.HEADING:
                    value = next((n.text.strip() for n in self.lines[at + 1 :] if n.text.strip()), "")
                if value:
                    found.append((value, line.number))
        return tuple(found)

    @property
    def users_percent(self) -> tuple[float, int] | None:
        """The highest share of users that `Users affected` names, in percent, and its line; `< 5 %` is a bit less."""
        lines = self.sections["Impact"].lines if "Impact" in self.sections else ()
        told = ((line.text, line.number) for line in lines if line.kind in _WORDS and _PEOPLE.search(line.text))
        for value, at in self.labelled("users affected", "affected users", "users") or told:
            found = _PERCENT.findall(value.casefold())
            if shares := [float(number.replace(",", ".")) - (0.001 if less else 0) for less, number in found]:
                return max(shares), at
        return None


_WORDS = (Kind.TEXT, Kind.HEADING)


@lru_cache(16)  # several rules read the same body
def parse(text: str) -> Spec:
    """Read a spec, or any text. Raises nothing; headings in code fences and comments are none."""
    lines = markdown.scan(text.removeprefix("\ufeff"))
    title, title_line = "", 0
    found: dict[str, Section] = {}
    current: Section | None = None
    level = 0
    body: list[Line] = []

    def close() -> None:
        if current:
            before = found.get(current.name)
            found[current.name] = Section(
                current.name,
                before.line if before else current.line,
                before.value if before and before.value else current.value,
                (before.lines if before else ()) + tuple(body),
            )

    for line in lines:
        if line.kind is Kind.HEADING:
            name, value = _known(line.text)
            if name or not current or line.level <= level:
                close()
                body = []
                current = Section(name, line.number, value, ()) if name else None
                level = line.level
                if not title_line and not name and (match := _TITLE.match(line.text)):
                    title, title_line = match[1].strip(), line.number
                continue
        body.append(line)
    close()
    return Spec(title=title, title_line=title_line, sections=MappingProxyType(found), lines=lines)


def template(
    *,
    title: str | None = None,
    severity: Severity | str | None = None,
    issue: str | None = None,
    files: Iterable[str] = (),
) -> str:
    """A spec to fill in; what is known is filled in already. `hotfix start` writes it."""
    parts = [f"# HOTFIX: {title or '[Issue Name]'}\n"]
    named = "".join(f"- {_as_entry(path)} - [specific change]\n" for path in files)
    for name, text in SECTIONS.items():
        if name == "Severity":
            parts.append(f"## Severity: {severity or 'P0/P1'}\n")
        elif name == "Problem" and issue:
            parts.append(f"## {name}\n{text}\nFixes {issue}\n")
        elif name == _FILES and named:
            parts.append(f"## {name}\n{named}")
        else:
            parts.append(f"## {name}\n{text}")
    return "\n".join(parts)


def check(spec: Spec, *, is_file: bool) -> tuple[Problem, ...]:
    """What is missing, empty or still the template's. Only a file needs the title: a pull request has its own."""
    found = []
    if is_file and not spec.title_line:
        found.append(Problem("title", "the title `# HOTFIX: ...` is missing"))
    elif spec.title_line and not spec.title:
        found.append(Problem("title", "the title after `HOTFIX:` is empty", spec.title_line))
    elif left := placeholders.find(spec.title, _defined(spec)):
        found.append(Problem("title", f"the title still holds the placeholder {left}", spec.title_line))
    for name in SECTIONS:
        section = spec.sections.get(name)
        if not (section and section.filled):
            if name not in OPTIONAL and not (name == "Severity" and spec.declared):
                lack = f"empty{section.instead}" if section else "missing"
                found.append(Problem(name, f"the section {name} is {lack}", section.line if section else 0))
        else:
            found += _problems_in(section, spec)
    found += _severity_problems(spec)
    if (section := spec.sections.get(_FILES)) and section.filled and not spec.files:
        left_over = any(p.section == _FILES for p in found)
        if not left_over:
            found.append(Problem(_FILES, f"the section {_FILES} names no file", section.line))
    return tuple(found)


def compare(spec: Spec, files: Iterable[File], spec_file: str = "") -> Comparison:
    """Hold the files that the spec names against those that changed; the spec's own file needs no naming."""
    return named_files.compare(spec.files, files, frozenset({spec_file} if spec_file else ()))


class Found(NamedTuple):
    source: str
    """The spec file's path; empty when it is the pull request's body."""
    spec: Spec

    @property
    def where(self) -> str:
        return self.source or "the pull request's body"


def spec_files(facts: Facts, path: str | None = None) -> tuple[File, ...]:
    """The spec files that this branch added or changed; `path` is the glob, by default the policy's."""
    glob = [path or facts.spec_path]
    gone = (Change.REMOVED, Change.UNCHANGED)
    return tuple(f for f in facts.files if f.change not in gone and patterns.matches(glob, f.path))


def find(facts: Facts, path: str | None = None) -> Found | None:
    """The spec: the branch's spec file, else the pull request's body. None when there is neither, or the file could
    not be read. The first of several files; that there are several is the `spec` rule's to say."""
    for file in spec_files(facts, path):
        text = text_of(file)
        return None if text is None else Found(file.path, parse(text))
    return Found("", parse(facts.pull.body)) if facts.pull else None


def text_of(file: File) -> str | None:
    """A spec file's text at the head; of an added file a whole patch holds it all. None when it was not read."""
    if file.after is not None or file.change is not Change.ADDED or file.patch is None:
        return file.after
    added = [line[1:] for line in file.patch.split("\n") if line.startswith("+")]
    return "\n".join(added) if len(added) == file.additions else None


def file_name(branch: str, path: str = "specs/hotfix-*.md") -> str:
    """Where the spec of a branch goes: `hotfix/expired` -> `specs/hotfix-expired.md`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", branch.removeprefix("hotfix/")).strip("-.") or "fix"
    return path.replace("**/", "").replace("**", "*").replace("*", name, 1).replace("*", "")


def section_text(name: str, severity: Severity | None = None) -> str:
    """A section of the template, to copy."""
    if name == "title":
        return "# HOTFIX: [Issue Name]\n"
    return f"## Severity: {severity or 'P0/P1'}\n" if name == "Severity" else f"## {name}\n{SECTIONS[name]}"


def files_section(spec: Spec, comparison: Comparison) -> str:
    """The section of files as it should be: what is named wrongly goes, every other line stays as written."""
    wrong = {*comparison.unchanged, *comparison.too_wide}
    entries: dict[int, list[Named]] = {}
    for entry in spec.files:
        entries.setdefault(entry.line, []).append(entry)
    section = spec.sections.get(_FILES)
    kept: list[str] = []
    for line in section.lines if section else ():
        right = [entry for entry in entries.get(line.number, ()) if entry not in wrong]
        if len(right) < len(entries.get(line.number, ())):
            kept += [f"- {_as_entry(n.path)}{' - ' + n.remark if n.remark else ''}" for n in right]
        elif right or not placeholders.find(line.text):
            kept.append(line.text.rstrip())
    while kept and not kept[-1]:
        kept.pop()
    new = [f"- {_as_entry(path)} - [specific change]" for path in comparison.unnamed]
    return "\n".join([f"## {_FILES}", *kept, *new]) + "\n"


def _as_entry(path: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9./][\w./@+-]*", path)
    return path if plain and "__" not in path else f"`{path}`"


def _known(heading: str) -> tuple[str, str]:
    """The section that a heading opens, and its value; an empty name when it is none of the template's."""
    name, _, value = heading.partition(":")
    if not value and (match := _BARE_SEVERITY.fullmatch(heading)) and severities.choices(match[1]):
        return "Severity", match[1]
    key = re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip().lstrip("0123456789 ")
    return _KEYS.get(key, ""), value.strip().strip("*_").strip()


def _says_something(line: Line) -> bool:
    text = line.text.strip()
    if line.kind is Kind.CODE:
        return bool(text.strip("`~"))
    if line.kind is Kind.HEADING:
        return False
    item = markdown.item(line.text)
    return not placeholders.is_nothing(item.text if item else text)


def _bare(line: Line) -> tuple[str, str] | None:
    """A heading is a label too: `## Category`."""
    return (line.text.strip("*_ ").casefold(), "") if line.kind is Kind.HEADING else None


def _defined(spec: Spec) -> frozenset[str]:
    return frozenset(m[1].strip().casefold() for line in spec.lines if (m := _LINK_DEFINITION.match(line.text)))


def _problems_in(section: Section, spec: Spec) -> list[Problem]:
    found = []
    known = _defined(spec)
    if section.name != "Severity" and (left := placeholders.find(section.value, known)):
        found.append(Problem(section.name, f"{section.name} still holds the placeholder {left}", section.line))
    for line in section.lines:
        text = named_files.without_brackets(line.text) if section.name == _FILES else line.text
        if line.kind is not Kind.CODE and (left := placeholders.find(text, known)):
            mend = "; skip the section if the cause is not known" if section.name in OPTIONAL else ""
            if left[0] == "[" and left not in SECTIONS[section.name]:
                mend = "; what is filled in stands without brackets"
            found.append(Problem(section.name, f"{section.name} still holds the placeholder {left}{mend}", line.number))
        elif section.name == "Impact" and (label := markdown.label(line.text)) in _EMPTY_IMPACTS:
            found.append(Problem(section.name, f"Impact leaves {label[0]} empty", line.number))
    return found


def _severity_problems(spec: Spec) -> list[Problem]:
    found = []
    for declared in spec.declared:
        several = severities.choices(declared.text)
        if len(several) > 1:
            names = severities.named(declared.text)
            found.append(Problem("Severity", f"Severity names {names}: choose one", declared.line))
        elif not several:
            found.append(Problem("Severity", "Severity is none of P0, P1, P2", declared.line))
    return found
