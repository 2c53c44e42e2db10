"""Find the relevant changed lines in build scripts and other files that are not interpreted.

Irrelevant lines are blank lines, whole-line comments, the project's own version, and metadata of a published package
(its homepage, its authors). A line is ignored only if it is a plain literal in the language's usual form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hotfix.dependencies.mentions import brings_packages
from hotfix.dependencies.package_change import ChangeKind, PackageChange, changed_line, folded, whole_file
from hotfix.dependencies.shell_commands import installs
from hotfix.text.lazy_pattern import lazy_pattern

MAX_REPORTED = 100
"""Maximum number of lines of one file that are reported individually."""
_TEXT = r"""(?:"[^"\\$#{}%]*"|'[^'\\$#{}%]*')"""
"""A string without interpolation or escapes."""
_NUMBER = r"""["']?+[vV]?+\d[\w.+-]*+["']?+"""
"""A version, with or without quotes."""
_METADATA_BLOCKS = {
    "scm": "connection|developerConnection|url|tag",
    "pom": "name|description|url|inceptionYear",
    "developer": "id|name|email|url|organization|organizationUrl|timezone",
    "contributor": "name|email|url|organization|organizationUrl",
    "license": "name|url|distribution|comments",
    "organization": "name|url",
    "issueManagement": "system|url",
    "ciManagement": "system|url",
}
"""Block in Gradle's `pom {}` -> its properties."""
_SETTER = r"(?:{})(?:\.set\(\s*+|\s*+:?=\s*+|\s*+\(\s*+|\s++){}\s*+\)?+\s*+;?+"
_OPENS = lazy_pattern(r"(?:\b([A-Za-z_]\w*+))?+ ?+(?:\([^()]*+\) ?+)?+\{|\}")
_NOT_COMMENTS = ("#!", "#[", "--[", "//go:")
"""Prefixes that look like line comments, but are not."""
_LINE_ENDS = ("\\u000a", "\\u000A", "\\u000d", "\\u000D")
"""Escaped line breaks, which Groovy interprets even in comments."""
_STRINGS = lazy_pattern(r'"[^"\\\n]*"|\'[^\'\\\n]*\'')


def _lines_like(*patterns: str) -> re.Pattern[str]:
    return lazy_pattern("|".join(f"(?:{pattern})" for pattern in patterns))


@dataclass(frozen=True, slots=True)
class Language:
    """The forms of irrelevant lines in a language."""

    comments: tuple[str, ...]
    """Prefixes of comment lines."""
    harmless: re.Pattern[str] | None = None
    """Lines, without surrounding white space, with the project's own version or metadata."""
    blocks: bool = False
    """Whether the language has Gradle's blocks, since some lines are harmless only in certain blocks."""
    within: tuple[re.Pattern[str], re.Pattern[str]] | None = None
    """The text before the bracket that opens the project's own description, and the harmless lines within it."""
    use: re.Pattern[str] | None = None
    """A use of the version; if a line with it installs or fetches something, the version is not the project's own."""


def _language(comments: str, *harmless: str, **more: Any) -> Language:
    return Language(tuple(comments.split()), _lines_like(*harmless) if harmless else None, **more)


def _within(opener: str, *harmless: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return lazy_pattern(opener), _lines_like(*harmless)


LANGUAGES = {
    "hash": _language("#"),
    "semicolon": _language("; #"),
    "slash": _language("//"),
    "dash": _language("--"),
    "erlang": _language("%"),
    "text": _language("\0"),
    "lisp": _language(
        ";",
        rf"\(defproject\s+[\w./-]+\s+{_NUMBER}",
        rf"\(version\s+{_NUMBER}\)",
        rf":version\s+{_NUMBER}",
        rf"\(define\s+version\s+{_NUMBER}\)",
        rf"\(package\s+{_TEXT}\s+{_NUMBER}\s+{_TEXT}\)",
    ),
    "xml": _language(
        "",
        rf'<property\s+name="(?:(?:project|app)\.)?version"\s+value={_NUMBER}\s*/>',
        rf"<info\s+(?:(?:organisation|module|status|publication)={_TEXT}\s+)*+revision={_NUMBER}\s*/?>",
    ),
    "gradle": _language(
        "//", rf"version(?:Code|Name)(?:\s*=\s*|\s+){_NUMBER}", rf"VERSION_(?:NAME|CODE)\s*=\s*{_NUMBER}", blocks=True
    ),
    "ruby": _language(
        "#",
        rf"\w+\.version\s*=\s*{_NUMBER}",
        rf"VERSION\s*=\s*{_NUMBER}(?:\.freeze)?",
        rf"\w+\.(?:homepage|summary|description|authors?|email|licenses?)\s*=\s*\[?+\s*+(?:{_TEXT},?+\s*+)++\]?+",
        rf"""\w+\.metadata\[["']\w+_uri["']\]\s*=\s*{_TEXT}""",
    ),
    "setup-py": _language(
        "#",
        rf"(?:__version__|VERSION)\s*=\s*{_NUMBER}",
        rf"version\s*=\s*{_NUMBER},",
        rf"(?:url|author|author_email|maintainer|maintainer_email|description|license)\s*=\s*{_TEXT},",
    ),
    "elixir": _language(
        "#",
        rf"(?:@version\s+|version:\s*){_NUMBER},?",
        rf"(?:description|source_url|homepage_url|maintainer):\s*{_TEXT},?",
        rf"@(?:source_url|homepage)\s+{_TEXT}",
    ),
    "sbt": _language(
        "//",
        rf"(?:ThisBuild\s*/\s*)?version\s*:=\s*{_NUMBER}\s*,?",
        rf"(?:ThisBuild\s*/\s*)?(?:description|organizationName|startYear)\s*:=\s*(?:{_TEXT}|Some\(\d+\))\s*,?",
        rf"(?:ThisBuild\s*/\s*)?(?:homepage|organizationHomepage)\s*:=\s*Some\(url\({_TEXT}\)\)\s*,?",
    ),
    "python": _language("#", rf"(?:__version__|version|VERSION)\s*=\s*{_NUMBER}"),
    "cmake": _language(
        "#",
        rf"project\s*\(\s*[\w-]+\s+VERSION\s+{_NUMBER}[\w\s]*\)",
        within=_within(r"project\s*", rf"(?:[\w-]+\s+)?VERSION\s+{_NUMBER}[\w\s]*\)?"),
    ),
    "meson": _language(
        "#",
        rf"project\(\s*(?:{_TEXT}\s*,\s*)++version\s*:\s*{_NUMBER}\s*\)",
        within=_within(r"project\s*", rf"version\s*:\s*{_NUMBER}\s*,?\s*\)?"),
    ),
    "bazel-module": _language(
        "#",
        rf"module\(\s*name\s*=\s*{_TEXT}\s*,\s*version\s*=\s*{_NUMBER}\s*,?\s*\)",
        within=_within(r"module\s*", rf"version\s*=\s*{_NUMBER}\s*,?\s*\)?"),
    ),
    "powershell": _language("#", within=_within("@", rf"ModuleVersion\s*=\s*{_NUMBER}")),
    "autoconf": _language("# dnl", rf"AC_INIT\(\s*\[[^][]*\],\s*\[?{_NUMBER}\]?(?:,[^()$`]*)?\)"),
    "make": _language("#", rf"(?:export\s+)?VERSION\s*[:?]?=\s*{_NUMBER}", use=lazy_pattern(r"\$[({]?VERSION\b")),
    "plain-version": _language("# ; //", rf"(?:version|VERSION)(?:\s*(?:=>|[=:])\s*|\s+){_NUMBER},?"),
    "rockspec": _language(
        "--", rf"version\s*=\s*{_NUMBER},?", rf"(?:summary|detailed|homepage|license)\s*=\s*{_TEXT},?"
    ),
    "zig": _language("//", rf"\.version\s*=\s*{_NUMBER},?"),
    "cabal": _language("--", rf"version:\s*{_NUMBER}", r"(?:homepage|bug-reports|synopsis):\s*\S.*"),
    "opam": _language("#", rf"version:\s*{_NUMBER}", rf"(?:homepage|bug-reports|synopsis):\s*{_TEXT}"),
    "r": _language("#", rf"Version:\s*{_NUMBER}", r"(?:Title|Date|URL|BugReports|License|RoxygenNote):\s*\S.*"),
    "properties": _language(
        "# !",
        rf"(?:\w+[._-])?(?:VERSION_NAME|VERSION_CODE|versionName|versionCode)\s*[=:]\s*{_NUMBER}",
        rf"(?:version|revision|project\.version|app\.?[vV]ersion)\s*[=:]\s*{_NUMBER}",
        rf"[\w.-]*[bB]aseline[\w.-]*\s*[=:]\s*{_NUMBER}",
        r"POM_\w+\s*[=:].*",
        r"org\.gradle\.(?:parallel|daemon|caching|configureondemand|workers\.max|console|vfs\.watch|warning\.mode"
        r"|logging\.level|configuration-cache(?:\.problems)?)\s*[=:]\s*\w*",
    ),
}
"""Languages of files that are not interpreted, by reader."""


def compare_lines(before: str, after: str, language: Language) -> list[PackageChange]:
    """Return the added and removed lines; if lines were only reordered, one change at the first of them."""
    old, new = list(_counted(before, language)), list(_counted(after, language))
    start, most = 0, min(len(old), len(new))
    while start < most and old[start][1] == new[start][1]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end][1] == new[-1 - end][1]:
        end += 1
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if not old and not new:
        return []
    gone, come = _without(old, new), _without(new, old)
    if not gone and not come:
        return [whole_file("the order of the lines", new[0][0])]
    changes = [changed_line(ChangeKind.REMOVED, text, line) for line, text in gone[:MAX_REPORTED]]
    changes += [changed_line(ChangeKind.ADDED, text, line) for line, text in come[:MAX_REPORTED]]
    if more := max(len(gone) - MAX_REPORTED, 0) + max(len(come) - MAX_REPORTED, 0):
        changes.append(whole_file(f"{more} more lines"))
    return sorted(changes, key=lambda change: change.line or change.line_before)


def lines_of_patch(patch: str) -> Iterator[tuple[str, int, str]]:
    """Yield the changed lines of a unified diff: `+` or `-`, the line number on that side, and the text."""
    old = new = 0
    for line in patch.split("\n"):
        if line.startswith("@@"):
            if numbers := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)", line):
                old, new = int(numbers[1]), int(numbers[2])
        elif line.startswith("+"):
            yield "+", new, line[1:]
            new += 1
        elif line.startswith("-"):
            yield "-", old, line[1:]
            old += 1
        elif not line.startswith("\\"):
            old += 1
            new += 1


_POINTER = lazy_pattern(r"Subproject commit [0-9a-f]{40,64}(?:-dirty)?")
_LONGEST_POINTER = 1_000
"""Maximum length of a submodule's patch, in characters."""


def is_pointer(patch: str) -> bool:
    """Return whether this is the patch of a submodule, whose content is a single line."""
    if len(patch) > _LONGEST_POINTER:
        return False
    lines = patch.split("\n")
    sides = [[line[1:] for line in lines if line.startswith(sign)] for sign in "+-"]
    return any(len(side) == 1 and _POINTER.fullmatch(side[0]) for side in sides)


NumberedLines = list[tuple[int, str]]


def _without(lines: NumberedLines, others: NumberedLines) -> NumberedLines:
    left = Counter(text for _, text in others)
    found = []
    for line, text in lines:
        if left[text] > 0:
            left[text] -= 1
        else:
            found.append((line, text))
    return found


def _counted(text: str, language: Language) -> Iterator[tuple[int, str]]:
    """Yield the relevant lines with their numbers. A continuation of the previous line is always relevant."""
    blocks: list[str] = []
    around: list[str] = []
    continues = False
    if language.use and any(language.use.search(line) and installs(line) for line in text.splitlines()):
        language = Language(language.comments)
    # Not only at line feeds, since a carriage return ends a comment in some languages.
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = raw.rstrip()
        content = line.strip()
        if not content:
            continue
        if language.comments:
            comment = content.startswith(language.comments)
        else:
            comment = content.startswith("<!--") and content.find("-->") == len(content) - 3
        if comment and not continues and not _has_more(content):
            continue
        harmless = not continues and len(content) < 1000 and _is_harmless(content, language, blocks)
        if language.within:
            opener, lines = language.within
            inside = len(around) == 1 and opener.fullmatch(around[0])
            harmless = harmless or bool(inside and len(content) < 1000 and lines.fullmatch(content))
            _surround(content, around)
        continues = content.endswith(("\\", ",", "(", "[", ".", "=")) if language.blocks else content.endswith("\\")
        if language.blocks:
            _follow(content, blocks)
        if not harmless:
            yield number, line


def _has_more(comment: str) -> bool:
    """Return whether an apparent comment has an effect."""
    return comment.startswith(_NOT_COMMENTS) or any(end in comment for end in _LINE_ENDS) or brings_packages(comment)


def _is_harmless(content: str, language: Language, blocks: list[str]) -> bool:
    if language.harmless and language.harmless.fullmatch(content):
        return True
    if not language.blocks:
        return False
    if not blocks or blocks in (["allprojects"], ["subprojects"]):
        if _GRADLE_VERSION.fullmatch(content):
            return True
        return any(one_line.fullmatch(content) for one_line in _ONE_LINE)
    inner = _INNER.get(blocks[-1])
    return bool(inner and (inner.fullmatch(content) or any(one_line.fullmatch(content) for one_line in _ONE_LINE)))


def _follow(content: str, blocks: list[str]) -> None:
    """Update the names of the blocks that are open after a line, ignoring braces in strings."""
    for match in _OPENS.finditer(_STRINGS.sub('""', folded(content[:2000]))):
        if match[0] != "}":
            blocks.append(match[1] or "")
        elif blocks:
            blocks.pop()


def _surround(content: str, around: list[str]) -> None:
    """Update the texts before each bracket that is open after a line, ignoring brackets in strings."""
    before = ""
    for piece in _BRACKETS.split(_STRINGS.sub('""', content[:2000])):
        if piece and piece in "([{":
            around.append(before.strip())
        elif piece and piece in ")]}" and around:
            around.pop()
        before = piece


_BRACKETS = lazy_pattern(r"([][(){}])")
_GRADLE_VERSION = lazy_pattern(rf"(?:project\.)?version(?:\s*=\s*|\s+){_NUMBER}")
_INNER = {block: lazy_pattern(_SETTER.format(names, _TEXT)) for block, names in _METADATA_BLOCKS.items()}
_ONE_LINE = [
    lazy_pattern(rf"{block}\s*\{{\s*(?:{_SETTER.format(names, _TEXT)}\s*+)++\}}")
    for block, names in _METADATA_BLOCKS.items()
]
