"""The data model of dependencies in a manifest, and of changes between two versions of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from hotfix.text.lazy_pattern import lazy_pattern

MAX_CHARS = 10_000_000
"""Maximum length of a lockfile in characters; the largest seen in the wild have some 5 million."""
MAX_WRITTEN = 2_000_000
"""Maximum length of a manifest in characters; only requirements with hashes come close to it."""

MAX_SHOWN = 160
"""Maximum length of a displayed name or version, in characters."""


class Unreadable(Exception):
    """A text that cannot be parsed in the format that its file name implies."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason, line)
        self.reason = reason
        """A short clause of plain text, without the file's name."""
        self.line = line
        """Line number, 1-based; 0 if the problem is not on a single line."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency that a file requests or locks, or a setting that affects dependencies."""

    ecosystem: str
    """`npm`, `pip`, `go`, `cargo`, `maven`, `rubygems`, `composer`, `nuget`, `docker`, `actions` ...; empty for a
    setting."""
    name: str
    version: str
    """Version, constraint, tag, digest or URL, as written except for white space; empty for any version."""
    line: int
    """Line number, 1-based."""
    _: KW_ONLY
    group: str = ""
    """The part of the file that requests it, such as `devDependencies`, or the parent in a nested lockfile."""
    detail: str = ""
    """Further details that affect what is installed: markers, features, hashes."""
    source: str = ""
    """The hosts that it is downloaded from, if the file names them."""


class ChangeKind(StrEnum):
    """The kind of change to a dependency."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A difference between two versions of a file that affects what is installed."""

    kind: ChangeKind
    ecosystem: str
    """Empty if it is not a package with a version, so that the change can't be a security fix."""
    name: str
    _: KW_ONLY
    before: str = ""
    """The version before; empty if added."""
    after: str = ""
    """The version after; empty if removed."""
    unread: str = ""
    """The reason why the content could not be read, as a clause; empty if it was."""
    line: int = 0
    """Line number after the change; 0 if removed, or for the whole file."""
    line_before: int = 0
    """Line number before the change; 0 if added."""

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
    """The repository's own packages, on one side of a change."""

    name: str = ""
    """`owner/name`."""
    packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Reader -> packages declared by manifests of that kind, with their versions."""
    installed: tuple[str, ...] = ()
    """Globs of directories with fixtures or examples that the root manifests install from."""

    def is_own_module(self, path: str) -> bool:
        """Return whether a Go module is part of the repository."""
        modules = self.packages.get("go-mod", {})
        _, _, place = path.partition("/")
        return path in modules or (bool(self.name) and f"{place}/".casefold().startswith(f"{self.name}/".casefold()))


def whole_file(what: str, line: int = 0) -> PackageChange:
    """Return the change of a file that is compared as a whole; `what` is a noun such as `the lockfile`."""
    return PackageChange(ChangeKind.CHANGED, "", what, line=line)


def changed_line(kind: ChangeKind, text: str, number: int) -> PackageChange:
    """Return an added or removed line of a file that is not interpreted."""
    name = f"`{folded(without_values(text[:400]))}`"
    line, line_before = (number, 0) if kind is ChangeKind.ADDED else (0, number)
    return PackageChange(kind, "", name, line=line, line_before=line_before)


def unread(reason: str, line: int = 0) -> PackageChange:
    """Return the change of a file that can't be read, so that its effect is unknown."""
    return PackageChange(ChangeKind.CHANGED, "", "the content", unread=reason, line=line)


_CREDENTIALS = lazy_pattern(r"(?<=://)[^/@\s]{1,512}@")
_SECRET = lazy_pattern(r"(token|passw|secret|_auth\b|apikey|api[-_]key|credential)[^=:]{0,40}[=:]", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """Return a URL without credentials: `https://host/` for `https://user:token@host/`."""
    return _CREDENTIALS.sub("", address)


def without_values(line: str) -> str:
    """Return a line without secrets: the text after the name of a token or password is omitted."""
    line = without_secrets(line)
    found = _SECRET.search(line[:1000])
    return f"{line[: found.end()]} ..." if found else line


def folded(text: str) -> str:
    """Return the text with each run of white space replaced by one space."""
    return " ".join(text.split())


def shown(text: str) -> str:
    """Return a text as one line of at most MAX_SHOWN characters and an ellipsis."""
    text = folded(text)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def hashes(values: Iterable[str]) -> str:
    """Return a short digest of checksums, which differs if any of them does; empty if there are none."""
    joined = "\n".join(sorted(set(values)))
    return f"hashes {hashlib.sha256(joined.encode()).hexdigest()[:12]}" if joined else ""


def joined(*parts: str) -> str:
    """Return the non-empty parts, joined by `; `."""
    return "; ".join(part for part in parts if part)
