"""Find the problems of a spec: missing or empty sections, placeholders, contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hotfix import severities
from hotfix.spec import named_files
from hotfix.spec.sections import FILES, OPTIONAL, SECTIONS
from hotfix.spec.spec_parser import Spec, SpecSection
from hotfix.text import markdown, placeholders
from hotfix.text.markdown import LineKind

_EMPTY_IMPACTS = (("users affected", ""), ("revenue impact", ""), ("duration", ""))


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """A problem of a spec, as a clause without the spec's name."""

    section: str
    message: str
    line: int = 0


@lru_cache(16)  # each event evaluates the same bodies again
def check(spec: Spec, *, is_file: bool) -> tuple[SpecProblem, ...]:
    """Return the parts that are missing, empty or still template text. Only a file needs a title of its own."""
    found = [*_title_problems(spec, is_file), *_section_problems(spec), *_severity_problems(spec)]
    section = spec.sections.get(FILES)
    if section and section.filled and not spec.files and not any(problem.section == FILES for problem in found):
        found.append(SpecProblem(FILES, f"the section {FILES} names no file", section.line))
    return tuple(found)


def _title_problems(spec: Spec, is_file: bool) -> Iterator[SpecProblem]:
    if is_file and not spec.title_line:
        yield SpecProblem("title", "the title `# HOTFIX: ...` is missing")
    elif spec.title_line and not spec.title:
        yield SpecProblem("title", "the title after `HOTFIX:` is empty", spec.title_line)
    elif left := placeholders.find(spec.title, spec.link_names):
        yield SpecProblem("title", f"the title still holds the placeholder {left}", spec.title_line)


def _section_problems(spec: Spec) -> Iterator[SpecProblem]:
    for name in SECTIONS:
        section = spec.sections.get(name)
        if section and section.filled:
            yield from _problems_in(section, spec.link_names)
        elif name not in OPTIONAL and not (name == "Severity" and spec.declared):
            lack = f"empty{section.instead}" if section else "missing"
            yield SpecProblem(name, f"the section {name} is {lack}", section.line if section else 0)


def _problems_in(section: SpecSection, known_links: frozenset[str]) -> Iterator[SpecProblem]:
    name = section.name
    if name != "Severity" and (left := placeholders.find(section.value, known_links)):
        yield SpecProblem(name, f"{name} still holds the placeholder {left}", section.line)
    for line in section.lines:
        text = named_files.without_brackets(line.text) if name == FILES else line.text
        if line.kind is not LineKind.CODE and (left := placeholders.find(text, known_links)):
            hint = "; skip the section if the cause is not known" if name in OPTIONAL else ""
            if left[0] == "[" and left not in SECTIONS[name]:
                hint = "; fill it in, or remove the brackets if that is your text"
            yield SpecProblem(name, f"{name} still holds the placeholder {left}{hint}", line.number)
        elif name == "Impact" and (label := markdown.label(line.text)) in _EMPTY_IMPACTS:
            yield SpecProblem(name, f"Impact leaves {label[0]} empty", line.number)


def _severity_problems(spec: Spec) -> Iterator[SpecProblem]:
    for declared in spec.declared:
        several = severities.choices(declared.text)
        if len(several) > 1:
            names = severities.named(declared.text)
            yield SpecProblem("Severity", f"Severity names {names}: choose one", declared.line)
        elif not several:
            yield SpecProblem("Severity", "Severity is not P0, P1 or P2", declared.line)
