"""Define what the keys of a manifest's format mean: packages, images, commands, what is harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from hotfix.dependencies.syntax.document_tree import Table


class ValueRole(StrEnum):
    """What a value is: the field of Schema that lists its path."""

    PACKAGES = "packages"
    REQUIREMENTS = "requirements"
    IMAGES = "images"
    USES = "uses"
    COMMANDS = "commands"
    ALIASES = "aliases"
    SETTINGS = "settings"
    HARMLESS = "harmless"


@dataclass(slots=True)
class KeyRules:
    """A key of a format, and the keys below it."""

    role: ValueRole | None = None
    below: dict[str, KeyRules] = field(default_factory=dict)
    other: KeyRules | None = None
    """Any key that `below` doesn't have; None if such a key counts."""

    def of(self, key: str) -> KeyRules:
        """Return what a key below means: by its name, by a pattern such as `test:*`, or as any other."""
        if found := self.below.get(key):
            return found
        patterns = (each for each in self.below if each != "*" and "*" in each)
        pattern = next((each for each in patterns if fnmatchcase(key, each)), "*")
        return self.below.get(pattern) or self.other or UNLISTED


UNLISTED = KeyRules()
"""A key that no path speaks of, so that it counts."""
_IGNORED = KeyRules(ValueRole.HARMLESS)


@dataclass(frozen=True)
class ManifestSchema:
    """What the keys of a format mean. A path is written `section/*/key`; `*` is any key. Lists don't show in a path.

    What no path speaks of counts: a key that is added to a format later is a change until it is known to be harmless.
    """

    ecosystem: str = ""
    packages: tuple[str, ...] = ()
    """Each value is one package: its key is the name (or its `names`), `version` or the text itself the version."""
    requirements: tuple[str, ...] = ()
    """Texts such as `requests[socks]>=2` (PEP 508)."""
    images: tuple[str, ...] = ()
    """References to container images."""
    uses: tuple[str, ...] = ()
    """Actions and reusable workflows: `owner/repo/path@ref`."""
    commands: tuple[str, ...] = ()
    """Shell commands: harmless unless they install something."""
    harmless: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """Keys that count, in a format in which others are harmless: if it has any, all others are."""
    aliases: tuple[str, ...] = ()
    """Versions that packages refer to by name. One that is used is seen in the packages."""
    reference: re.Pattern[str] | None = None
    """How a version refers to an alias; the first group is its name."""
    names: tuple[str, ...] = ()
    """Keys of a package's own table that name it, joined by `:`."""
    versions: tuple[str, ...] = ("version",)
    """Keys of a package's own table that say which version; several are joined by a space."""
    split: Callable[[str], tuple[str, str, str]] | None = None
    """Reads a package's key: name, version, and the parent in a nested tree."""
    coordinates: bool = False
    """Does a text hold name and version, `group:name:version`, instead of the version alone?"""
    nested: str = ""
    """The key under which a package holds further ones of its kind."""
    own: Callable[[str, Table], bool] | None = None
    """Is a package, by its key and table, a part of this repository?"""
    needs: tuple[str, ...] = ()
    """Keys of such a part that choose among the packages that are locked."""
    identity: tuple[tuple[str, ...], str] = ((), "")
    """Where the file says its own name (parts are joined by `:`) and version; `|` stands between alternatives."""
    built: str = ""
    """The key next to an image that says that the image is built here, so that its name is the project's own."""
    local_sources: str = ""
    """Where names are given to folders of this repository."""
    rules: KeyRules = field(init=False, repr=False, compare=False)
    """The same, as a tree of keys."""

    def __post_init__(self) -> None:
        other = _IGNORED if self.settings else None
        root = KeyRules(other=other)
        for role in ValueRole:
            for path in getattr(self, role):
                node = root
                for key in path.split("/"):
                    node = node.below.setdefault(key, KeyRules(other=other))
                node.role = role
                if role is ValueRole.SETTINGS:
                    node.other = None
        object.__setattr__(self, "rules", root)
