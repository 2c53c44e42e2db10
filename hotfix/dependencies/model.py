"""What a manifest says: dependencies, and how two versions of it differ."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_CHARS = 10_000_000
"""Longest lockfile that is read; the largest seen in the wild have some 5 million characters."""
MAX_WRITTEN = 2_000_000
"""Longest manifest that is read; only requirements with hashes come near it."""
MAX_SCRIPT = 300_000
"""Longest build script that is read."""

MAX_SHOWN = 160
"""Longest name or version that is shown."""


class Unreadable(Exception):
    """The text cannot be read as what its name says it is."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason, line)
        self.reason = reason
        """A short clause of plain text, without the file's name."""
        self.line = line
        """1-based; 0 when no single line is to blame."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One thing that is asked for, or was locked."""

    ecosystem: str
    """`npm`, `pip`, `go`, `cargo`, `maven`, `rubygems`, `composer`, `nuget`, `docker`, `actions` or `git`."""
    name: str
    version: str
    """Version, constraint, tag, digest or address, as written but for white space; empty when any will do."""
    line: int
    """Where it stands, 1-based."""
    group: str = ""
    """Which part of the manifest asks for it: `devDependencies`, `stage build`, the parent in a nested lockfile."""
    detail: str = ""
    """What else decides what is installed: markers, features, source, hashes."""


class Kind(StrEnum):
    """How a dependency changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One dependency that differs between two versions of a manifest."""

    kind: Kind
    ecosystem: str
    name: str
    before: str = ""
    """Version before; empty when added."""
    after: str = ""
    """Version after; empty when removed."""
    line: int = 0
    """Where it stands now; 0 when removed."""
    line_before: int = 0
    """Where it stood; 0 when added."""

    def __str__(self) -> str:
        name, before, after = shown(self.name), shown(self.before), shown(self.after)
        match self.kind:
            case Kind.ADDED:
                return f"{name} {after}".strip() + " added"
            case Kind.REMOVED:
                return f"{name} {before}".strip() + " removed"
            case Kind.CHANGED:
                return f"{name} {before or 'any version'} -> {after or 'any version'}"


_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]{1,512}@")


def without_secrets(address: str) -> str:
    """An address as it may be shown: `https://user:token@host/` loses what stands before the host."""
    return _CREDENTIALS.sub("", address)


def folded(text: str) -> str:
    """White space runs become one space: layout is no version."""
    return " ".join(text.split())


def shown(text: str) -> str:
    """A text as one short line."""
    text = folded(text)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def hashes(values: Iterable[str]) -> str:
    """Many checksums as one short word that differs when any of them does; empty for none."""
    joined = "\n".join(sorted(set(values)))
    return f"hashes {hashlib.sha256(joined.encode()).hexdigest()[:12]}" if joined else ""


def joined(*parts: str) -> str:
    """The parts that are not empty, with `; ` between them."""
    return "; ".join(part for part in parts if part)
