"""Parse the files that a spec names, and compare them with the files that changed. Linear in both.

Files are named explicitly: only by literal paths in list entries or table rows under *Files to Change*. Globs,
directories, paths in prose, nested items, quotes, struck-through text, HTML, and entries that say that the file is not
changed name no file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hotfix.facts import Change, File
from hotfix.spec.denials import is_denied, is_denying_lead
from hotfix.text import placeholders
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.markdown import ListEntry

_SPAN = lazy_pattern(
    r"\**(?:\[`?([^\[\]\n`]{1,500})`?\]\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|`([^`]{1,500})`)\**"
)
_BRACKETS = lazy_pattern(r"(?<![^\s,>])\[`?([^\[\]\s`]{1,500})`?\](?=[\s,:]|$)")
_TEMPLATES = lazy_pattern(r"file\d?\.ts")
"""Placeholder file names of the template."""
_BETWEEN = lazy_pattern(r"\s*(?:,|&|\+|->|→|=>|and\b|to\b)\s*")
_LIST = lazy_pattern(r"(?:, and|,| and| &| \+| ->| →| =>) ")
_PATH = lazy_pattern(r"[^\s/\\]*[/\\][^\s]*\w|[^\s]*\w\.\w")
"""A word that can only be a path because it contains a slash or an inner dot."""
_STRUCK = lazy_pattern(r"[~<>!]")
"""The first character of a word that is struck through, HTML, quoted, or an image."""
_SEPARATOR = lazy_pattern(r" (?:-{1,3}|–|—) |: | (?:-|–|—|:)$|\s(?=\()")
_POSITION = lazy_pattern(r"(?::\d{1,7}(?:[-:]\d{1,7})?|#L\d{1,7}(?:-L?\d{1,7})?)\Z")
_BOLD = lazy_pattern(r"\A(\*{1,3})([^*]+)\1\Z")
_ESCAPE = lazy_pattern(r"\\([\\`*_{}\[\]()#+.!|~<>-])")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One entry of the section *Files to Change*."""

    readings: tuple[str, ...]
    """The possible paths of the entry, the most likely first: `my file.txt` or `my`."""
    line: int
    remark: str = ""
    """The description of the change."""

    @property
    def path(self) -> str:
        """Return the most likely path."""
        return self.readings[0]


@dataclass(frozen=True, slots=True)
class NamedFilesComparison:
    """The files that a spec names, compared with those that changed."""

    unnamed: tuple[str, ...]
    """Files that changed, but are not named."""
    unchanged: tuple[NamedFile, ...]
    """Files that are named, but did not change."""
    too_wide: tuple[NamedFile, ...]
    """Entries that are globs or directories, which name no file."""


def read(entries: Iterable[ListEntry], lines: Collection[int]) -> tuple[NamedFile, ...]:
    """Return the files that the entries on these lines name."""
    return tuple(
        named for entry in entries if entry.line in lines and not is_denying_lead(entry.lead) for named in _named(entry)
    )


def without_brackets(text: str) -> str:
    """Return a line without the template's brackets around paths: those of `[src/cart.py]`, but not `[the file]`."""
    return _BRACKETS.sub(_unbracketed, text)


def _unbracketed(match: re.Match[str]) -> str:
    path = match[1]
    is_path = ("/" in path.strip("/") or "." in path.strip(".")) and not _TEMPLATES.fullmatch(path)
    return path if is_path else match[0]


def compare(
    named: Sequence[NamedFile], files: Iterable[File], exempt: frozenset[str] = frozenset()
) -> NamedFilesComparison:
    """Compare the named files with the changed ones; `exempt` are paths that need not be named (the spec itself).

    A renamed file is named by its new path, its old one, or both. The end of a path is sufficient if it is unique among
    the changed files, unlike in `exactly`.
    """
    changed = {f.path: f for f in files if f.change is not Change.UNCHANGED}
    ends = _ends(changed)
    old = {f.previous_path: f.path for f in changed.values() if f.change is Change.RENAMED and f.previous_path}
    covered = set(exempt)
    unchanged = []
    too_wide = []
    directories = {"/".join(path.split("/")[:n]) for path in changed for n in range(min(path.count("/"), 64) + 1)}
    for entry in named:
        found = next((to for r in entry.readings if (to := r if r in changed else old.get(r) or ends.get(r))), None)
        if found:
            covered.add(found)
        elif any(r in exempt for r in entry.readings):
            continue
        elif any(c in entry.path for c in "*?") or entry.path.endswith("/") or entry.path.strip("./") in directories:
            too_wide.append(entry)
        else:
            unchanged.append(entry)
    return NamedFilesComparison(tuple(p for p in changed if p not in covered), tuple(unchanged), tuple(too_wide))


def exactly(named: Iterable[NamedFile]) -> frozenset[str]:
    """Return all possible literal paths of the entries."""
    return frozenset(reading for entry in named for reading in entry.readings)


def _ends(paths: Iterable[str]) -> dict[str, str]:
    """Return path suffix -> path, for each suffix that is unique among the paths."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        parts = path.split("/")[:64]
        for n in range(1, len(parts)):
            found["/".join(parts[n:])].add(path)
    return {end: ending.pop() for end, ending in found.items() if len(ending) == 1}


def _named(entry: ListEntry) -> list[NamedFile]:
    """Return the files that an entry names: those in a list item, or in the first cell of a row that has any."""
    for at, cell in enumerate(entry.cells):
        found = _in_text(cell, entry.line)
        if found and (len(entry.cells) == 1 or all(_PATH.match(each.path) for each in found)):
            rest = " ".join(entry.cells[:at] + entry.cells[at + 1 :])
            head = entry.columns[at] if at < len(entry.columns) else ""
            return [] if any(map(is_denied, (found[0].remark, rest))) or is_denying_lead(head) else found
    return []


def _in_text(text: str, line: int) -> list[NamedFile]:
    """Return the files named at the start of a text: one or several paths, plain, in backticks or as links."""
    spans, end = _spans(text)
    if spans:
        remark = text[end:].strip().lstrip("-–—:").strip()
        return [NamedFile((path,), line, remark) for path in spans if path]
    split = _SEPARATOR.search(text)
    left, remark = (text[: split.start()], text[split.end() :].strip()) if split else (text, "")
    left = without_brackets(left)
    if placeholders.find(left) or (placeholders.is_nothing(left) and not set(left) <= set("*?/.")):
        return []
    pieces = [piece.strip() for piece in _LIST.split(left)]
    if len(pieces) > 1 and all(piece and " " not in piece for piece in pieces):
        return [
            NamedFile(_readings(piece), line, remark)
            for piece in pieces
            if _PATH.match(piece) and not _STRUCK.match(piece)
        ]
    words = left.split()
    if not words or _STRUCK.match(words[0]):
        return []
    if len(words) == 1:
        return [NamedFile(_readings(left), line, remark)]
    if not _PATH.match(words[0]):
        # Only a path with spaces can begin with a plain word: `my file.txt`.
        return [NamedFile((_clean(left),), line, remark)] if _PATH.match(words[-1]) and len(words) < 4 else []
    return [NamedFile(_readings(left, words[0]), line, " ".join([*words[1:], remark]).strip())]


def _readings(*texts: str) -> tuple[str, ...]:
    """Return the possible paths of texts; a backslash may be a separator, as on Windows."""
    return tuple(
        dict.fromkeys(
            reading for text in texts for path in (_clean(text),) for reading in (path, path.replace("\\", "/"))
        )
    )


def _spans(text: str) -> tuple[list[str], int]:
    """Return the paths in backticks or links at the start of a text, and the offset where they end."""
    found: list[str] = []
    at = end = 0
    while match := _SPAN.match(text, at):
        path = (match[1] or match[2]).strip()
        found.append(_clean(path, escapes=match[1] is not None))
        end = match.end()
        between = _BETWEEN.match(text, end)
        if not between:
            break
        at = between.end()
    return found, end


def _clean(path: str, escapes: bool = True) -> str:
    path = path.strip().strip("\"'")
    if escapes:
        path = _ESCAPE.sub(r"\1", _BOLD.sub(r"\2", path))
    path = _POSITION.sub("", path.rstrip(",;:"))
    while path.startswith("./"):
        path = path[2:]
    return path.lstrip("/") or "/"
