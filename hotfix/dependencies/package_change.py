"""Define what a manifest says (dependencies), and how two versions of it differ (changes)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotfix.text.late_pattern import late_pattern

MAX_CHARS = 10_000_000
"""Longest lockfile that is read; the largest seen in the wild have some 5 million characters."""
MAX_WRITTEN = 2_000_000
"""Longest manifest that is read; only requirements with hashes come near it."""

MAX_SHOWN = 160
"""Longest name or version that is shown."""


class Unreadable(Exception):
    """The text cannot be read as what its name says it is."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason, line)
        self.reason = reason
        """A short clause of plain text, without the file's name."""
        self.line = line
        """1-based; 0 if no single line is to blame."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One thing that a file asks for or locks, or one setting that decides about them."""

    ecosystem: str
    """`npm`, `pip`, `go`, `cargo`, `maven`, `rubygems`, `composer`, `nuget`, `docker`, `actions` ...; empty for a
    setting."""
    name: str
    version: str
    """Version, constraint, tag, digest or address, as written but for white space; empty if any will do."""
    line: int
    """Where it stands, 1-based."""
    group: str = ""
    """Which part of the file asks for it: `devDependencies`, the parent in a nested lockfile."""
    detail: str = ""
    """What else decides what is installed: markers, features, hashes."""
    source: str = ""
    """The hosts it comes from, if the file names them."""


class ChangeKind(StrEnum):
    """How a dependency changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """One difference between two versions of a file that decides what is installed."""

    kind: ChangeKind
    ecosystem: str
    """Empty for what is not a package with a version: no vulnerability can excuse that change."""
    name: str
    before: str = ""
    """Version before; empty if added."""
    after: str = ""
    """Version after; empty if removed."""
    unread: str = ""
    """Why nobody knows what changed, as a clause; empty if that is known."""
    line: int = 0
    """Where it stands now; 0 if removed, or for the whole file."""
    line_before: int = 0
    """Where it stood; 0 if added."""

    def __str__(self) -> str:
        name, before, after = shown(self.name), shown(self.before), shown(self.after)
        match self.kind:
            case ChangeKind.ADDED:
                return f"{name} {after}".strip() + " added"
            case ChangeKind.REMOVED:
                return f"{name} {before}".strip() + " removed"
            case ChangeKind.CHANGED if self.unread:
                return f"{name} changed, but can't be read ({self.unread})"
            case ChangeKind.CHANGED if not before and not after:
                return f"{name} changed"
            case ChangeKind.CHANGED:
                return f"{name} {before or 'any version'} -> {after or 'any version'}"


@dataclass(frozen=True, slots=True)
class RepositoryPackages:
    """What belongs to the repository itself, on one side of a change."""

    name: str = ""
    """`owner/name`."""
    packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Reader -> the packages that manifests of that kind declare, with their versions."""
    installed: tuple[str, ...] = ()
    """Globs of folders that are installed from although they hold fixtures or examples."""

    def is_own_module(self, path: str) -> bool:
        """Return whether a Go module is a part of the repository."""
        modules = self.packages.get("go-mod", {})
        _, _, place = path.partition("/")
        return path in modules or (bool(self.name) and f"{place}/".casefold().startswith(f"{self.name}/".casefold()))


def whole_file(what: str, line: int = 0) -> PackageChange:
    """Return a file that changed and is not compared line by line; `what` is a noun: `the lockfile`."""
    return PackageChange(kind=ChangeKind.CHANGED, ecosystem="", name=what, line=line)


def unread(reason: str, line: int = 0) -> PackageChange:
    """Return a file that changed and can't be read, so that nobody knows what it brings."""
    return PackageChange(kind=ChangeKind.CHANGED, ecosystem="", name="the content", unread=reason, line=line)


_CREDENTIALS = late_pattern(r"(?<=://)[^/@\s]{1,512}@")
_SECRET = late_pattern(r"(token|passw|secret|_auth\b|apikey|api[-_]key|credential)[^=:]{0,40}[=:]", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """Return an address as it may be shown: `https://user:token@host/` loses what stands before the host."""
    return _CREDENTIALS.sub("", address)


def without_values(line: str) -> str:
    """Return a line as it may be shown: what follows the name of a token or password is left out."""
    line = without_secrets(line)
    found = _SECRET.search(line[:1000])
    return f"{line[: found.end()]} ..." if found else line


def folded(text: str) -> str:
    """Return the text with each run of white space as one space: layout is not a version."""
    return " ".join(text.split())


def shown(text: str) -> str:
    """Return a text as one short line."""
    text = folded(text)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def hashes(values: Iterable[str]) -> str:
    """Return many checksums as one short word that differs when any of them does; empty for none."""
    joined = "\n".join(sorted(set(values)))
    return f"hashes {hashlib.sha256(joined.encode()).hexdigest()[:12]}" if joined else ""


def joined(*parts: str) -> str:
    """Return the parts that are not empty, with `; ` between them."""
    return "; ".join(part for part in parts if part)
