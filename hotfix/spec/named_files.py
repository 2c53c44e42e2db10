"""The files that a spec names, and whether they are the files that changed. Linear in both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hotfix.facts import Change, File
from hotfix.text import globs, markdown, placeholders
from hotfix.text.markdown import Kind, Line

_SPAN = re.compile(
    r"\**(?:\[`?([^\[\]\n`]{1,500})`?\]\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|`([^`]{1,500})`)\**"
)
_BRACKETS = re.compile(r"(?<![^\s,>])\[`?([^\[\]\s`]{1,500})`?\](?=[\s,:]|$)")
_TEMPLATES = re.compile(r"file\d?\.ts")
"""Files that the template names, to be replaced."""
_BETWEEN = re.compile(r"\s*(?:,|&|->|→|=>|and\b)\s*")
_LIST = re.compile(r"(?:, and|,| and| &| \+) ")
_PATH = re.compile(r"[^\s/\\]*[/\\][^\s]*\w|[^\s]*\w\.\w")
"""A word that can only be a path: with a slash, or a dot inside."""
_SEPARATOR = re.compile(r" (?:-{1,3}|–|—) |: | (?:-|–|—|:)$")
_ARROW = re.compile(r" (?:->|→|=>) ")
_POSITION = re.compile(r"(?::\d{1,7}(?:[-:]\d{1,7})?|#L\d{1,7}(?:-L?\d{1,7})?)\Z")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|~<>-])")
_MOST_GLOBS = 50
"""Globs of one spec that are looked at: each costs a pass over the changed files."""


@dataclass(frozen=True, slots=True)
class Named:
    """One file, directory or glob of the section `Files to Change`."""

    readings: tuple[str, ...]
    """What the entry may mean, the likeliest first: `my file.txt` or `my`."""
    line: int
    remark: str = ""
    """What changes there."""
    sure: bool = True
    """False for a line that may be mere words: it can name a changed file, but claims none."""

    @property
    def path(self) -> str:
        """The likeliest reading."""
        return self.readings[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The files that a spec names, held against those that changed."""

    unnamed: tuple[str, ...]
    """Changed, but not named."""
    unchanged: tuple[Named, ...]
    """Named, but not changed."""
    too_wide: tuple[Named, ...]
    """Entries such as `**`, which would name everything."""


def read(lines: Iterable[Line]) -> tuple[Named, ...]:
    """The entries of a section: list items, rows of tables, and as a guess nested items, other lines and those of a
    code fence."""
    lines = tuple(lines)
    items = {
        line.number: (len(line.text) - len(line.text.lstrip()), item.text)
        for line in lines
        if line.kind is Kind.TEXT and (item := markdown.item(line.text))
    }
    outermost = min((indent for indent, _ in items.values()), default=0)
    found: list[Named] = []
    in_table = False
    for line in lines:
        indent, text = items.get(line.number, (0, line.text.strip()))
        if line.kind is Kind.TEXT and text.startswith("|"):
            in_table |= not text.strip("|-: \t")  # the row below a table's head
            found += _row(text, line.number, in_table)
            continue
        in_table = False
        sure = line.number in items and indent <= outermost + 1
        if text and line.kind in (Kind.TEXT, Kind.CODE):
            found += _entry(text, line.number, sure)
    return tuple(found)


def _row(text: str, line: int, in_table: bool) -> list[Named]:
    """The first cell that is a path; only rows below a table's head claim one."""
    for cell in text.strip("|").split("|"):
        if _PATH.match(cell.strip(" `*[")):
            return _entry(cell.strip(), line, in_table)
    return []


def without_brackets(text: str) -> str:
    """A line without the template's brackets around what can only be a path: `[src/cart.py]`, but not `[the file]`."""
    return _BRACKETS.sub(_unbracketed, text)


def _unbracketed(match: re.Match[str]) -> str:
    path = match[1]
    is_path = ("/" in path.strip("/") or "." in path.strip(".")) and not _TEMPLATES.fullmatch(path)
    return path if is_path else match[0]


def compare(named: Sequence[Named], files: Iterable[File], exempt: frozenset[str] = frozenset()) -> Comparison:
    """Hold what is named against what changed; `exempt` are paths that need no naming (the spec itself).

    A renamed file is named by its new path, its old one, or both. A bare name or the end of a path is enough
    where only one changed file ends so.
    """
    changed = {f.path: f for f in files if f.change is not Change.UNCHANGED}
    index = _index(changed)
    old = {f.previous_path: f.path for f in changed.values() if f.change is Change.RENAMED and f.previous_path}
    for before, now in old.items():
        if before not in changed:
            index[before] = index.get(before, set()) | {now}
    covered = set(exempt)
    unchanged = []
    too_wide = []
    globs = 0
    for entry in named:
        if not any(c not in "*?/." for c in entry.path):
            too_wide.append(entry)
            continue
        is_glob = any(c in entry.path for c in "*?")
        globs += is_glob
        matched = _matched(entry, index, changed, allow_globs=globs <= _MOST_GLOBS)
        covered |= matched
        if entry.sure and not matched and not any(r in old or r in exempt for r in entry.readings):
            unchanged.append(entry)
    return Comparison(
        unnamed=tuple(p for p in changed if p not in covered),
        unchanged=tuple(unchanged),
        too_wide=tuple(e for e in too_wide if e.sure),
    )


def _index(paths: Iterable[str]) -> dict[str, set[str]]:
    """Every path, every directory above it, and every end of it that only one path has -> the paths meant."""
    index: dict[str, set[str]] = defaultdict(set)
    ends: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        parts = path.split("/")[:64]
        for n in range(1, len(parts)):
            index["/".join(parts[:n])].add(path)
            ends["/".join(parts[n:])].add(path)
    for end, ending in ends.items():
        if len(ending) == 1 and end not in index:
            index[end] = ending
    for path in paths:
        index[path] = {path}
    return index


def _matched(entry: Named, index: dict[str, set[str]], paths: Iterable[str], *, allow_globs: bool) -> set[str]:
    for reading in entry.readings:
        if found := index.get(reading) or index.get(reading.rstrip("/")):
            return found
        if allow_globs and any(c in reading for c in "*?") and globs.problem(reading) is None and reading[0] != "!":
            glob = [reading]
            if matched := {p for p in paths if globs.matches(glob, p)}:
                return matched
    return set()


def _entry(text: str, line: int, sure: bool) -> list[Named]:
    """What one line names: `path - change`, a path in backticks or as a link, several with commas or an arrow."""
    spans, end = _spans(text)
    if spans:
        remark = text[end:].strip().lstrip("-–—:").strip()
        return [Named((path,), line, remark, sure) for path in spans if path]
    split = _SEPARATOR.search(text)
    left, remark = (text[: split.start()], text[split.end() :].strip()) if split else (text, "")
    left = without_brackets(left)
    if placeholders.find(left):
        return []
    pieces = _ARROW.split(left) if _ARROW.search(left) else _LIST.split(left)
    if len(pieces) > 1 and all(p.strip() and " " not in p.strip() for p in pieces):
        words_only = not any(map(_PATH.match, pieces))
        return [
            Named(_readings(piece), line, remark, sure and (words_only or bool(_PATH.match(piece)))) for piece in pieces
        ]
    return _one(left, remark, line, sure)


def _one(left: str, remark: str, line: int, sure: bool) -> list[Named]:
    """A path, maybe with spaces in it; or words with a path among them: `Edit src/a.py`, `Tests: test/a_test.py`."""
    words = left.split()
    if not words:
        return []
    paths = [words[0]]
    if not _PATH.match(words[0]):
        bare = [word.strip("()`*") for word in words[1:]]
        paths += [word for word in bare if _PATH.match(word)]
        sure = sure and (len(words) == 1 or len(paths) > 1)
        after = remark.split(" ", 1)[0].strip("()`*")
        if len(paths) == 1 and _PATH.match(after):
            paths.append(after)
            sure = False
    return [Named(_readings(left, *paths), line, remark, sure)]


def _readings(*texts: str) -> tuple[str, ...]:
    """What they may mean; a backslash is a slash to those who work on Windows."""
    return tuple(
        dict.fromkeys(
            reading for text in texts for path in (_clean(text),) for reading in (path, path.replace("\\", "/"))
        )
    )


def _spans(text: str) -> tuple[list[str], int]:
    """The paths in backticks or links that a line begins with, and where they end."""
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
        path = _ESCAPE.sub(r"\1", path)
    path = _POSITION.sub("", path.rstrip(",;:"))
    while path.startswith("./"):
        path = path[2:]
    return path.lstrip("/") or "/"
