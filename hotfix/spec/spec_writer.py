"""Write spec templates, and single sections to copy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hotfix.severities import Severity
from hotfix.spec.named_files import NamedFile, NamedFilesComparison
from hotfix.spec.sections import FILES, SECTIONS
from hotfix.spec.spec_parser import Spec
from hotfix.text import placeholders
from hotfix.text.escaping import one_line, shortened


def template(
    *,
    title: str | None = None,
    severity: Severity | str | None = None,
    issue: str | None = None,
    files: Iterable[str] = (),
) -> str:
    """Return a spec template, filled in with the given values. `hotfix start` writes it."""
    parts = [f"# HOTFIX: {title or '[Issue Name]'}\n"]
    named = "".join(f"- {_as_entry(path)} - [specific change]\n" for path in files)
    for name, text in SECTIONS.items():
        if name == "Severity":
            parts.append(f"## Severity: {severity or 'P0/P1'}\n")
        elif name == "Problem" and issue:
            parts.append(f"## {name}\n{text}\nFixes {issue}\n")
        elif name == FILES and named:
            parts.append(f"## {name}\n{named}")
        else:
            parts.append(f"## {name}\n{text}")
    return "\n".join(parts)


def filled(text: str, *, problem: str = "", users: str = "", revenue: str = "", since: str = "") -> str:
    """Return a template with the answers filled in, except those that look like placeholders themselves."""
    answers = {
        "[One sentence: What's broken]": problem,
        "[number or percentage]": users,
        "[if applicable]": revenue,
        "[how long has this been happening]": since,
    }
    for placeholder, answer in answers.items():
        words = one_line(answer)
        if words and not placeholders.find(words):
            text = text.replace(placeholder, shortened(words, 300), 1)
    return text


def section_text(name: str, severity: Severity | None = None) -> str:
    """Return one section of the template."""
    if name == "title":
        return "# HOTFIX: [Issue Name]\n"
    return f"## Severity: {severity or 'P0/P1'}\n" if name == "Severity" else f"## {name}\n{SECTIONS[name]}"


def files_section(spec: Spec, comparison: NamedFilesComparison) -> str:
    """Return the corrected section of files: wrong entries are removed, missing ones added, other lines kept."""
    wrong = {*comparison.unchanged, *comparison.too_wide}
    entries: dict[int, list[NamedFile]] = {}
    for entry in spec.files:
        entries.setdefault(entry.line, []).append(entry)
    section = spec.sections.get(FILES)
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
    return "\n".join([f"## {FILES}", *kept, *new]) + "\n"


def _as_entry(path: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9./][\w./@+-]*", path)
    return path if plain and "__" not in path else f"`{path}`"
