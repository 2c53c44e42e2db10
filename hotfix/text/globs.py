"""Match user-supplied globs against paths and against branch and tag names.

Paths follow the gitignore syntax as in CODEOWNERS: `*` and `?` don't match `/`, `**` does; a pattern without `/`
(except at the end) matches at any depth, otherwise it is relative to the repository's root; a pattern that matches a
directory matches everything below it, but `docs/*` matches only the direct children of `docs`; `!` negates a pattern,
and the last matching pattern takes precedence. Patterns are compiled to google-re2, so none can hang the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum, auto
from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, BeforeValidator

_LONGEST = 1000
_WILDCARDS = "*?[]!\\"
"""Characters with a special meaning in a pattern."""
_SPECIAL = frozenset("?[\\")
"""Characters other than `*` with a special meaning within a segment."""

_CHOICE = re2.compile(r"(?:^|[^\\])\{[^{}]*,[^{}]*\}")
"""Braces with alternatives, which are not supported."""
_escape = lru_cache(maxsize=1024)(re2.escape)


class _Kind(StrEnum):  # part of a cache's key: strings are hashed faster than other enums
    PATH = auto()
    REF = auto()
    ATTRIBUTE = auto()


class PatternError(ValueError):
    """An invalid pattern; the message says what is wrong and what to write instead."""


def matches(patterns: Sequence[str], path: str, *, ignore_case: bool = False) -> bool:
    """Return whether a file's path, relative to the root, matches. Raises PatternError for an invalid pattern."""
    return _decide(tuple(patterns), _Kind.PATH, ignore_case, path)


def matches_branch(patterns: Sequence[str], name: str) -> bool:
    """Return whether the full name of a branch or tag matches.

    A `*` as the last segment also matches slashes: `hotfix/*` matches `hotfix/a/b`. Raises PatternError for an invalid
    pattern.
    """
    return _decide(tuple(patterns), _Kind.REF, False, name)


def matches_attribute(pattern: str, path: str) -> bool:
    """Return whether a pattern in `.gitattributes` matches the path (relative to that file).

    Unlike in the other functions, an invalid pattern never matches, and a pattern that matches a directory doesn't
    apply to the files below it.
    """
    if pattern.endswith("/") or pattern.startswith("!"):
        return False
    try:
        return _decide((pattern,), _Kind.ATTRIBUTE, False, path)
    except PatternError:
        return False


def matches_whole(pattern: str, name: str) -> bool:
    """Return whether a branch matches as in GitHub's environments: `*` matches no slash, an invalid pattern nothing."""
    return matches_attribute(f"/{pattern}", name)


def problem(pattern: str) -> str | None:
    """Return a sentence on why a pattern is invalid; None if it is valid."""
    try:
        _prepared((pattern,), _Kind.PATH, False)
    except PatternError as error:
        return str(error)
    return None


def _valid(pattern: str) -> str:
    if why := problem(pattern):
        raise PatternError(why)
    return pattern


def is_literal(pattern: str) -> bool:
    """Return whether a pattern has no wildcards, so that it matches only itself."""
    return not set(pattern) & set(_WILDCARDS)


def literal_start(pattern: str) -> str:
    """Return the part before the first wildcard."""
    return pattern[: next((at for at, letter in enumerate(pattern) if letter in _WILDCARDS), len(pattern))]


def first_literal(patterns: Iterable[str]) -> str | None:
    """Return the first pattern without wildcards; None if there is none."""
    return next((pattern for pattern in patterns if is_literal(pattern)), None)


def as_list(value: Any) -> Any:
    """Return a list with the string if the value is one; otherwise return the value unchanged."""
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, AfterValidator(_valid)]
"""A glob field of a pydantic model, which rejects invalid patterns with a message."""


def _compilable(patterns: tuple[str, ...]) -> tuple[str, ...]:
    _prepared(patterns, _Kind.PATH, False)
    return patterns


Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(as_list), AfterValidator(_compilable)]
"""A field of a pydantic model with one glob or a list of them."""


@lru_cache(maxsize=8192)  # several rules match the same few files
def _decide(patterns: tuple[str, ...], kind: _Kind, ignore_case: bool, name: str) -> bool:
    text = name.encode("utf-8", "replace").decode()
    seen = text.casefold() if ignore_case else text
    for takes, literal, regex in _prepared(patterns, kind, ignore_case):
        if literal in seen and _compile(regex, ignore_case).fullmatch(text):
            return takes
    return False


@lru_cache(maxsize=1024)
def _prepared(patterns: tuple[str, ...], kind: _Kind, ignore_case: bool) -> tuple[tuple[bool, str, str], ...]:
    """Return for each pattern, last first, whether it includes or excludes, its literal text, and its expression.

    Compiling an expression takes far longer than searching for the literal text, which few names contain. Raises
    PatternError if one of the patterns is invalid.
    """
    prepared = []
    for pattern in reversed(patterns):
        takes = not pattern.startswith("!")
        glob = pattern if takes else pattern[1:]
        regex = _translated(glob, kind)
        if "[" in glob:  # everything else is escaped, so RE2 accepts it
            _compile(regex, ignore_case)
        prepared.append((takes, _required(glob, ignore_case), regex))
    return tuple(prepared)


def _required(glob: str, ignore_case: bool) -> str:
    """Return text that each matching name contains, case-folded if case is ignored; empty if that is unknown."""
    if "[" in glob or "\\" in glob or (ignore_case and not glob.isascii()):
        return ""
    literal = max(glob.replace("*", "/").replace("?", "/").split("/"), key=len)
    return literal.casefold() if ignore_case else literal


@lru_cache(maxsize=4096)
def _compile(regex: str, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.dot_nl = True
    try:
        return re2.compile(regex, options)
    except re2.error as error:
        raise PatternError(f"the pattern cannot be compiled: {_words(error)}") from None


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _translated(pattern: str, kind: _Kind) -> str:
    if not pattern.strip("/"):
        raise PatternError("the pattern is empty; write the name of a file or a directory, or a glob such as src/**")
    if len(pattern) > _LONGEST:
        raise PatternError(f"the pattern is longer than {_LONGEST} characters")
    if "\0" in pattern or (not pattern.isascii() and any("\ud800" <= letter <= "\udfff" for letter in pattern)):
        raise PatternError("the pattern holds a character that no file name can have")
    segments = pattern.strip("/").split("/")
    if kind is not _Kind.ATTRIBUTE and (braces := _braces(segments)):
        raise PatternError(f"braces are not known in {braces}; write one pattern for each choice")
    anchored = kind is _Kind.REF or pattern.startswith("/") or len(segments) > 1
    last = segments.pop()
    regex = "" if anchored else "(?:.*/)?"
    for segment in segments:
        regex += "(?:.*/)?" if segment == "**" else _segment(segment) + "/"
    if last == "**":
        return f"(?:{regex}.+)"
    if kind is _Kind.REF:
        return f"(?:{regex}{'.+' if last == '*' else _segment(last)})"
    if pattern.endswith("/"):
        return f"(?:{regex}{_segment(last)}/.+)"
    below = "" if kind is _Kind.ATTRIBUTE or (last == "*" and anchored) else "(?:/.+)?"
    return f"(?:{regex}{_segment(last)}{below})"


def _braces(segments: list[str]) -> str | None:
    return next((part for part in segments if "{" in part and _CHOICE.search(part)), None)


def _segment(glob: str) -> str:
    """Return one path segment of a glob as a regular expression."""
    if _SPECIAL.isdisjoint(glob):
        while "**" in glob:
            glob = glob.replace("**", "*")
        return "[^/]*".join(map(_escape, glob.split("*"))) or "[^/]*"
    regex, at = "", 0
    while at < len(glob):
        letter = glob[at]
        at += 1
        if letter == "*":
            while glob[at : at + 1] == "*":
                at += 1
            regex += "[^/]*"
        elif letter == "?":
            regex += "[^/]"
        elif letter == "[":
            end = glob.find("]", at + (2 if glob[at : at + 1] in ("!", "^") else 1))
            if end < 0:
                raise PatternError(f"the bracket in {glob} is never closed; write ] or, for the character itself, \\[")
            regex += _set(glob[at:end])
            at = end + 1
        elif letter == "\\":
            if at == len(glob):
                raise PatternError(f"{glob} ends in a backslash, which takes the next character as it is")
            regex += _escape(glob[at])
            at += 1
        else:
            regex += _escape(letter)
    return regex or "[^/]*"


def _set(inside: str) -> str:
    negated = inside[:1] in ("!", "^")
    body = inside[1:] if negated else inside
    escaped = "".join(f"\\{letter}" if letter in "\\[]^&~|" else letter for letter in body)
    return f"[^/{escaped}]" if negated else f"[{escaped}]"
