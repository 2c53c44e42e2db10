"""Read a structured file by its schema: packages by name, and all other values not known to be harmless as settings."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hotfix.dependencies.formats.containers import image
from hotfix.dependencies.formats.lock_text import hosts
from hotfix.dependencies.formats.requirements_text import canonical, requirement
from hotfix.dependencies.manifest_schema import UNLISTED, KeyRules, ManifestSchema, ValueRole
from hotfix.dependencies.mentions import brings_in
from hotfix.dependencies.package_change import Dependency, Unreadable, folded, joined, without_secrets, without_values
from hotfix.dependencies.path_kinds import is_inside
from hotfix.dependencies.syntax.document_tree import Array, Table, Value

_LINKS = ("workspace:", "link:", "file:", "portal:")
_OPERATORS = " ^~=<>vV"
_MAX_DETAIL = 200
_DEPTH = 10
"""Maximum depth of aliases that refer to aliases."""
_MAX_VALUE = 1_000
"""Maximum length of a version after alias expansion, in characters."""


@dataclass(frozen=True, slots=True)
class PackageIdentity:
    """The name and version of a manifest's own package, to recognize references to it in other manifests."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """The result of reading one document."""

    dependencies: tuple[Dependency, ...]
    aliases: Mapping[str, tuple[str, int]]
    """Alias -> value and line."""
    used: frozenset[str]
    """Aliases that packages in this file refer to."""


def read_document(
    document: Table, schema: ManifestSchema, *, path: str, size: int, own: Mapping[str, str]
) -> DocumentReading:
    """Read a document. `own`: this repository's packages and their versions on this side of the change.

    `size`: the length of the text, which limits the number of values read, since YAML's aliases can multiply them.
    Raises Unreadable.
    """
    walk = _Walk(schema, posixpath.dirname(path), 3 * size + 1_000, own)
    walk.learn(document)
    found = tuple(walk.value(document, schema.rules, (), 1, ""))
    return DocumentReading(found, walk.aliases, frozenset(walk.used))


def identity(document: Table, schema: ManifestSchema) -> PackageIdentity | None:
    """Return the name and version of the file's own package; None if they are not declared."""
    names, version = schema.identity
    found = [_at(document, name) for name in names]
    return PackageIdentity(":".join(found), _at(document, version)) if found and all(found) else None


def _at(document: Table, paths: str) -> str:
    found = (document.at(path) for path in paths.split("|"))
    return next((text for text in found if isinstance(text, str) and text), "")


class _Walk:
    """A single pass over a document."""

    def __init__(self, schema: ManifestSchema, folder: str, left: int, own: Mapping[str, str]) -> None:
        self.schema, self.folder, self.left, self.own = schema, folder, left, own
        self.aliases: dict[str, tuple[str, int]] = {}
        self.used: set[str] = set()
        self.local: set[str] = set()
        self.parts: set[str] = set()

    def learn(self, document: Table) -> None:
        """Collect what other values refer to: aliases, and packages in this repository's directories."""
        for path in self.schema.aliases:
            self._learn_aliases(document, path.split("/")[:-1], self.schema.rules)
        if self.schema.local_sources:
            sources = document.at(self.schema.local_sources)
            found = sources.items() if isinstance(sources, Table) else ()
            self.local = {canonical(name) for name, value in found if self._is_local(value)}
        if self.schema.needs and self.schema.own:
            for path in self.schema.packages:
                listed = document.get(path)
                tables = [each for each in listed if isinstance(each, Table)] if isinstance(listed, Array) else []
                self.parts |= {table.text("name") for table in tables if self.schema.own("", table)}

    def _learn_aliases(self, value: Value, folders: list[str], rules: KeyRules) -> None:
        if isinstance(value, Array):
            for item in value:
                self._learn_aliases(item, folders, rules)
        elif isinstance(value, Table) and folders:
            self._learn_aliases(value.get(folders[0]), folders[1:], rules.of(folders[0]))
        elif isinstance(value, Table):
            for key, alias in value.items():
                if rules.of(key).role is ValueRole.ALIASES:
                    self.aliases[key] = (self.inline(alias), value.where(key))

    def value(
        self, value: Value, rules: KeyRules, path: tuple[str, ...], line: int, group: str
    ) -> Iterator[Dependency]:
        """Yield the dependencies of a value and everything below it."""
        self._count()
        nested = bool(rules.below) and isinstance(value, Table | Array)
        match rules.role:
            case ValueRole.HARMLESS if not nested:
                return
            case ValueRole.ALIASES if path[-1] in self.aliases:
                return
            case ValueRole.COMMANDS if not (nested or brings_in(self.inline(value))):
                return
            case ValueRole.SETTINGS:
                rules = UNLISTED
            case ValueRole.PACKAGES:
                for item, at in _each(value, line):
                    self._count()
                    yield from self._package(item, path, at, group)
                return
            case ValueRole.REQUIREMENTS | ValueRole.IMAGES | ValueRole.USES if all(
                isinstance(v, str) for v, _ in _each(value, line)
            ):
                for item, at in _each(value, line):
                    yield from self._reference(rules.role, str(item), path, at, group)
                return
        if isinstance(value, Table) and (rules.role is None or rules.below) and (value or len(path) < 2 or rules.below):
            context = joined(group, *(f"{key} {value.text(key)}" for key in ("Condition", "id") if value.text(key)))
            for key, item in value.items():
                below = rules.of(key)
                if not (below.role is ValueRole.IMAGES and self.schema.built in value):
                    yield from self.value(item, below, (*path, key), value.where(key), context)
        elif isinstance(value, Array) and rules.below:
            for item, at in value.items():
                # A text in a list can stand for a key without a value, such as the step `checkout`.
                named = rules.below.get(item, rules) if isinstance(item, str) else rules
                yield from self.value(item, named if named.role is ValueRole.HARMLESS else rules, path, at, group)
        elif value == "" and rules.below:
            return  # an empty element of XML
        elif not isinstance(value, Table | Array) or value or (rules is UNLISTED and len(path) > 1):
            yield self._setting(value, path, line, group)

    def _reference(
        self, role: ValueRole, text: str, path: tuple[str, ...], line: int, group: str
    ) -> Iterator[Dependency]:
        if role is ValueRole.IMAGES:
            yield image(text.removeprefix("docker://"), line, joined(_dotted(path), group))
        elif role is ValueRole.USES:
            yield from _uses(text, line)
        else:
            found = requirement(text, line, _dotted(path))
            if found.name not in self.local:
                yield found

    def _setting(self, value: Value, path: tuple[str, ...], line: int, group: str) -> Dependency:
        name = _dotted(path)
        written = f"{name} = {self.inline(value)}"
        version = without_values(written).removeprefix(f"{name} = ")
        return Dependency("", name, version, line, group=group, detail=f"value {_digest(written)}")

    def _package(self, value: Value, path: tuple[str, ...], line: int, group: str) -> Iterator[Dependency]:
        schema, key = self.schema, path[-1]
        table = value if isinstance(value, Table) else Table(line)
        if schema.own and schema.own(key, table):
            yield from self._needs(table, group)
            return
        if self._is_local(value):
            return
        name, version, parent = schema.split(key) if schema.split else (key, "", "")
        name = self._resolved(":".join(part for part in map(table.text, schema.names) if part)) or name
        if isinstance(value, Table):
            texts = [folded(self._resolved(self.inline(value[each]))) for each in schema.versions if value.get(each)]
            version = " ".join(texts) or version
            kept = {k: v for k, v in value.items() if k not in (*schema.versions, *schema.names, schema.nested)}
            rest = self.inline(kept) if kept else ""
        else:
            text = folded(self._resolved(self.inline(value))) if value is not None else ""
            if schema.coordinates and ":" in text:
                name, _, text = text.rpartition(":")
            version, rest = (text or version), ""
        if self._is_own(name, version) or canonical(name) in self.local:
            return
        if schema.ecosystem == "pip":
            name = canonical(name)
        where = joined(_dotted(path[:-1]), parent, group)
        yield Dependency(
            schema.ecosystem,
            name,
            without_secrets(version),
            table.where(schema.versions[0]) if schema.versions[0] in table else line,
            group=where,
            detail=without_secrets(rest) if len(rest) < _MAX_DETAIL else f"details {_digest(rest)}",
            source=hosts(f"{version} {rest}"),
        )
        inner = table.get(schema.nested) if schema.nested else None
        if isinstance(inner, Table) and all(isinstance(each, Table) for each in inner.values()):
            for child, item in inner.items():
                self._count()
                yield from self._package(item, (*path, child), inner.where(child), group)

    def _needs(self, part: Table, group: str) -> Iterator[Dependency]:
        """Yield the needs of a repository's own package, which select among several locked versions."""
        for key in self.schema.needs:
            needed = part.get(key)
            groups = needed.items() if isinstance(needed, Table) else [(key, needed)]
            for name, items in groups:
                for item, line in _each(items, part.where(key)) if items is not None else ():
                    what = item.text("name") if isinstance(item, Table) else str(item).partition(" ")[0]
                    if what not in self.parts:
                        needs = joined(f"needed by {part.text('name')}", str(name), group)
                        yield Dependency("", what, self.inline(item), line, group=needs)

    def _is_local(self, value: Value) -> bool:
        """Return whether it is a directory of this repository that production may use, not a fixture or archive."""
        if isinstance(value, Table):
            if value.get("workspace") is True and self.schema.ecosystem == "pip":
                return True
            if any(key in value for key in ("git", "url", "registry", "index", "hosted", "sdk")):
                return False
            address = value.text("path")
        elif isinstance(value, str) and value.startswith(_LINKS):
            kind, _, address = value.partition(":")
            if kind == "workspace":
                return True
        else:
            return False
        return is_inside(address.removeprefix("//"), self.folder)

    def _is_own(self, name: str, version: str) -> bool:
        """Return whether it is a package of this repository, in the repository's current version."""
        mine = self.own.get(name)
        return bool(mine) and version.strip(_OPERATORS) == mine

    def _resolved(self, text: str) -> str:
        """Expand aliases. Raises Unreadable if the text becomes too long."""
        if not self.schema.reference:
            return text
        for _ in range(_DEPTH):
            before, text = text, self.schema.reference.sub(self._alias, text, count=20)
            if text == before:
                break
            if len(text) > _MAX_VALUE:
                raise Unreadable("aliases make a version too long")
        return text

    def _alias(self, match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group is not None)
        if name not in self.aliases:
            return match[0]
        self.used.add(name)
        return self.aliases[name][0]

    def inline(self, value: Value | dict[str, Value]) -> str:
        """Return a value as one line with sorted keys, so that equal values give equal texts. Raises Unreadable."""
        self._count()
        if isinstance(value, dict):
            return f"{{{', '.join(f'{key} = {self.inline(value[key])}' for key in sorted(value))}}}"
        if isinstance(value, Array):
            return f"[{', '.join(map(self.inline, value))}]"
        return str(value)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Unreadable("its aliases expand to too much")


def _uses(uses: str, line: int) -> Iterator[Dependency]:
    if uses.startswith("docker://"):
        yield image(uses[9:], line)
    elif not uses.startswith(("./", "../")):
        name, _, ref = uses.partition("@")
        yield Dependency("actions", name, ref, line)


def _each(value: Value, line: int) -> Iterable[tuple[Value, int]]:
    """Return the items of a list with their lines, or the value itself if it is not a list."""
    return list(value.items()) if isinstance(value, Array) else [(value, line)]


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
