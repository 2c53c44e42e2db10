"""The schema of a manifest format: which keys contain packages, images, commands or harmless values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from hotfix.dependencies.syntax.document_tree import Table


def of_section(section: str, keys: str) -> tuple[str, ...]:
    """Return the paths of keys, separated by spaces, in a section, or in the whole document if that is empty."""
    return tuple(f"{section}/{key}".removeprefix("/") for key in keys.split())


def of_sections(sections: Iterable[str], keys: str) -> tuple[str, ...]:
    """Return the paths of keys in several sections."""
    return tuple(path for section in sections for path in of_section(section, keys))


class ValueRole(StrEnum):
    """The role of a value, named like the field of ManifestSchema that lists its path."""

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
    """The rules for a key of a format and the keys below it."""

    role: ValueRole | None = None
    below: dict[str, KeyRules] = field(default_factory=dict)
    other: KeyRules | None = None
    """The rules for keys that are not in `below`; None if such keys are relevant."""

    def of(self, key: str) -> KeyRules:
        """Return the rules for a key below: by its name, by a pattern such as `test:*`, or the default."""
        if found := self.below.get(key):
            return found
        patterns = (each for each in self.below if each != "*" and "*" in each)
        pattern = next((each for each in patterns if fnmatchcase(key, each)), "*")
        return self.below.get(pattern) or self.other or UNLISTED


UNLISTED = KeyRules()
"""The rules for a key that no path matches, which is relevant."""
_IGNORED = KeyRules(ValueRole.HARMLESS)


@dataclass(frozen=True)
class ManifestSchema:
    """The keys of a format. Paths are written `section/*/key`, where `*` is any key; lists are not part of the path.

    Keys that no path matches are relevant, so a key that a format adds later is reported until it is known to be
    harmless.
    """

    ecosystem: str = ""
    packages: tuple[str, ...] = ()
    """Packages: the key is the name (unless `names` is set), and `versions` or the text itself is the version."""
    requirements: tuple[str, ...] = ()
    """PEP 508 requirements such as `requests[socks]>=2`."""
    images: tuple[str, ...] = ()
    """Container image references."""
    uses: tuple[str, ...] = ()
    """Actions and reusable workflows: `owner/repo/path@ref`."""
    commands: tuple[str, ...] = ()
    """Shell commands, which are harmless unless they install something or select where it comes from."""
    harmless: tuple[str, ...] = ()
    """Keys without an effect. If there are paths below such a key, only its texts and those paths are harmless."""
    settings: tuple[str, ...] = ()
    """Relevant keys of a format; if there are any, all other keys are harmless."""
    aliases: tuple[str, ...] = ()
    """Versions that packages refer to by name. The changes of used ones are visible in the packages."""
    reference: re.Pattern[str] | None = None
    """A reference to an alias in a version; the first group is the alias's name."""
    names: tuple[str, ...] = ()
    """Keys of a package's table whose values, joined by `:`, are its name."""
    versions: tuple[str, ...] = ("version",)
    """Keys of a package's table whose values, joined by a space, are its version."""
    split: Callable[[str], tuple[str, str, str]] | None = None
    """A function that splits a package's key into name, version, and parent in a nested tree."""
    coordinates: bool = False
    """Whether a text contains name and version, as in `group:name:version`, instead of only the version."""
    nested: str = ""
    """The key under which a package contains nested packages."""
    own: Callable[[str, Table], bool] | None = None
    """A function that returns whether a package, given its key and table, is part of this repository."""
    needs: tuple[str, ...] = ()
    """Keys of a repository's own package that select among the locked packages."""
    identity: tuple[tuple[str, ...], str] = ((), "")
    """The paths of the file's own name (parts are joined by `:`) and version; `|` separates alternatives."""
    built: str = ""
    """The key next to an image if it is built from this repository, so that its name is the project's own."""
    local_sources: str = ""
    """The path of the table that maps names to directories of this repository."""
    rules: KeyRules = field(init=False, repr=False, compare=False)
    """The paths above as a tree of keys."""

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
