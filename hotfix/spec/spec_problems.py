"""Find the problems of a spec: missing or empty sections, placeholders, contradictions."""

from __future__ import annotations

from dataclasses import dataclass

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


def check(spec: Spec, *, is_file: bool) -> tuple[SpecProblem, ...]:
    """Return the parts that are missing, empty or still template text. Only a file needs a title of its own."""
    found = []
    if is_file and not spec.title_line:
        found.append(SpecProblem("title", "the title `# HOTFIX: ...` is missing"))
    elif spec.title_line and not spec.title:
        found.append(SpecProblem("title", "the title after `HOTFIX:` is empty", spec.title_line))
    elif left := placeholders.find(spec.title, spec.link_names):
        found.append(SpecProblem("title", f"the title still holds the placeholder {left}", spec.title_line))
    for name in SECTIONS:
        section = spec.sections.get(name)
        if not (section and section.filled):
            if name not in OPTIONAL and not (name == "Severity" and spec.declared):
                lack = f"empty{section.instead}" if section else "missing"
                found.append(SpecProblem(name, f"the section {name} is {lack}", section.line if section else 0))
        else:
            found += _problems_in(section, spec)
    found += _severity_problems(spec)
    if (section := spec.sections.get(FILES)) and section.filled and not spec.files:
        left_over = any(p.section == FILES for p in found)
        if not left_over:
            found.append(SpecProblem(FILES, f"the section {FILES} names no file", section.line))
    return tuple(found)


def _problems_in(section: SpecSection, spec: Spec) -> list[SpecProblem]:
    found = []
    known = spec.link_names
    if section.name != "Severity" and (left := placeholders.find(section.value, known)):
        found.append(SpecProblem(section.name, f"{section.name} still holds the placeholder {left}", section.line))
    for line in section.lines:
        text = named_files.without_brackets(line.text) if section.name == FILES else line.text
        if line.kind is not LineKind.CODE and (left := placeholders.find(text, known)):
            hint = "; skip the section if the cause is not known" if section.name in OPTIONAL else ""
            if left[0] == "[" and left not in SECTIONS[section.name]:
                hint = "; fill it in, or remove the brackets if that is your text"
            found.append(
                SpecProblem(section.name, f"{section.name} still holds the placeholder {left}{hint}", line.number)
            )
        elif section.name == "Impact" and (label := markdown.label(line.text)) in _EMPTY_IMPACTS:
            found.append(SpecProblem(section.name, f"Impact leaves {label[0]} empty", line.number))
    return found


def _severity_problems(spec: Spec) -> list[SpecProblem]:
    found = []
    for declared in spec.declared:
        several = severities.choices(declared.text)
        if len(several) > 1:
            names = severities.named(declared.text)
            found.append(SpecProblem("Severity", f"Severity names {names}: choose one", declared.line))
        elif not several:
            found.append(SpecProblem("Severity", "Severity is not P0, P1 or P2", declared.line))
    return found
