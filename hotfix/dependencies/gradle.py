"""Gradle: build scripts in Groovy and Kotlin, version catalogues, lockfiles and properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import MAX_SCRIPT, Dependency, Unreadable, folded, joined
from hotfix.dependencies.properties import holds_version, resolve
from hotfix.dependencies.toml_text import read_toml
from hotfix.dependencies.tree import Table, Value, inline

# What is opened and never closed is one token too: tried again at every quote it would take quadratic time.
_TOKEN = re.compile(
    r"""//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?
    |\"\"\"(?:[^"\\]++|\\.|"(?!""))*+(?:\"\"\")?|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?
    |"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?|\n|[^\S\n]++|[\w.]++|.""",
    re.VERBOSE | re.DOTALL,
)
_COORDINATES = re.compile(r"([\w.-]+):([A-Za-z_$][\w.${}-]*)(?::([^:@\s/]*))?(?::([^:@\s]+))?(?:@(\w+))?")
_CONFIGURATION = re.compile(
    r"(?:\w*(?:[iI]mplementation|[aA]pi|[cC]ompileOnly|[cC]ompileOnlyApi|[rR]untimeOnly|[aA]nnotationProcessor|[cC]lasspath)"
    r"|(?:test|debug|release|androidTest)?(?:[cC]ompile|[rR]untime)|kapt\w*|ksp\w*|provided\w*|developmentOnly"
    r"|coreLibraryDesugaring|lintChecks|detektPlugins|mavenBom|errorprone|jmh)"
)
_WRAPPERS = frozenset(("platform", "enforcedPlatform", "testFixtures", "dependencies", "add", "set", "create"))
_VARIABLE = re.compile(r"\$\{(?:\w+\.){0,5}(\w{1,200})\}|\$(?:\w+\.){0,5}(\w{1,200})")
_WORD = re.compile(r"[\w.]+")
_PINS = frozenset(("strictly", "require", "prefer", "reject"))


def build_script(text: str) -> Iterator[Dependency]:
    """A build script is a program: what stands in it literally is what is read."""
    if len(text) > MAX_SCRIPT:
        raise Unreadable(f"longer than {MAX_SCRIPT:,} characters")
    script = _Script(text)
    yield from script.dependencies()
    yield from script.other_versions()


class _Script:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token == "\n" or not (token.isspace() or token.startswith(("//", "/*"))):
                self.tokens.append((token, line))
            line += token.count("\n")
        self.used: set[str] = set()
        self.lines: dict[str, int] = {}
        self.values: dict[str, str] = {}
        for name, value, at in self._variables():
            self.lines[name] = at
            self.values[name] = value

    def _at(self, index: int) -> str:
        return self.tokens[index][0] if 0 <= index < len(self.tokens) else "\n"

    def _variables(self) -> Iterator[tuple[str, str, int]]:
        """`def x = "1"`, `ext.x = "1"`, `x: "1"` in a map, `set("x", "1")`, `extra["x"] = "1"`."""
        for index, (token, line) in enumerate(self.tokens):
            if not _is_string(token):
                continue
            before, name = self._at(index - 1), self._at(index - 2)
            if before in "=:" and _WORD.fullmatch(name):
                yield _bare(name), _plain(token), line
            elif before == "=" and name == "]" and _is_string(self._at(index - 3)):
                yield _plain(self._at(index - 3)), _plain(token), line
            elif before == "," and _is_string(name) and (self._at(index - 3), self._at(index - 4)) == ("(", "set"):
                yield _plain(name), _plain(token), line

    def _value(self, token: str) -> str:
        """What a string or a variable stands for, as far as this file says."""
        if _is_string(token):
            return resolve(_plain(token), self.values, _VARIABLE, self.used.add)
        name = _bare(token)
        self.used.add(name)
        return self.values.get(name, token)

    def dependencies(self) -> Iterator[Dependency]:
        pinned = ""
        for index, (token, line) in enumerate(self.tokens):
            if _is_string(token):
                if found := self._coordinates(index):
                    pinned = found.name
                    yield found
                elif (pin := self._before(index)) in _PINS and pinned:
                    yield _gradle(pinned, self._value(token), line, pin)
            elif token in ("id", "kotlin") or (token == "plugin" and self._at(index - 1) == "apply"):
                yield from self._plugin(index, line)
            elif token == "group" and self._at(index + 1) in ":=":
                yield from self._map(index, line)
            elif _CONFIGURATION.fullmatch(token) or token == "alias":
                yield from self._reference(index, line)

    def _before(self, index: int) -> str:
        """The word that a string is given to, through brackets and wrappers such as `platform(...)`."""
        for at in range(index - 1, max(index - 8, -1), -1):
            token = self._at(at)
            if token == "\n" or not (token == "(" or token in _WRAPPERS):
                return token
        return ""

    def _coordinates(self, index: int) -> Dependency | None:
        token, line = self.tokens[index]
        match = _COORDINATES.fullmatch(self._value(token))
        word = self._before(index)
        configuration = bool(_CONFIGURATION.fullmatch(word))
        if not match or (match[3] is None and not configuration):
            return None
        return _gradle(
            f"{match[1]}:{match[2]}",
            match[3] or "",
            line,
            word if configuration else "",
            joined(match[4] or "", match[5] or ""),
        )

    def _plugin(self, index: int, line: int) -> Iterator[Dependency]:
        """`id("x") version "1"`, `id 'x' version '1'`, `kotlin("jvm") version "1"`, `apply plugin: 'x'`."""
        at = index + 1
        while self._at(at) in "(:":
            at += 1
        if not _is_string(self._at(at)):
            return
        name = self._value(self._at(at))
        at += 1
        while self._at(at) in ").":
            at += 1
        version = ""
        if self._at(at) in ("version", ".version"):
            at += 1
            while self._at(at) == "(":
                at += 1
            version = self._value(self._at(at))
        if self._at(index) == "kotlin":
            if not version:
                return
            name = f"org.jetbrains.kotlin.{name}"
        yield _gradle(name, version, line, "plugin")

    def _map(self, index: int, line: int) -> Iterator[Dependency]:
        """`group: 'g', name: 'a', version: '1'`, in Kotlin with `=`."""
        fields: dict[str, str] = {}
        for at in range(index, index + 24):
            key, sign, value = self._at(at), self._at(at + 1), self._at(at + 2)
            if key in ("{", "}", ")"):
                break
            if sign in ("=", ":") and key in ("group", "name", "version", "classifier", "ext") and key not in fields:
                fields[key] = self._value(value)
        if "name" in fields:
            name = f"{fields['group']}:{fields['name']}"
            detail = joined(fields.get("classifier", ""), fields.get("ext", ""))
            before = self._before(index)
            group = before if _CONFIGURATION.fullmatch(before) else ""
            yield _gradle(name, fields.get("version", ""), line, group, detail)

    def _reference(self, index: int, line: int) -> Iterator[Dependency]:
        """`implementation(libs.x)`, `api project(':core')`, `compile files('x.jar')`: what is named, as written."""
        parts: list[str] = []
        depth = 0
        for at in range(index + 1, index + 40):
            token = self._at(at)
            if token in ("{", "}", ";") or (token == "\n" and depth <= 0):
                break
            depth += (token == "(") - (token == ")")
            if depth < 0:
                break
            if token != "\n":
                parts.append(token)
        if not parts or not (parts[0] == "(" or _is_string(parts[0]) or parts[0][0].isalpha()) or "group" in parts:
            return
        if any(_is_string(part) and _COORDINATES.fullmatch(_plain(part)) for part in parts):
            return
        if parts[0] == "(" and parts[-1] == ")":
            parts = parts[1:-1]
        name = "".join(f'"{_plain(part)}"' if _is_string(part) else part for part in parts)
        if name and not name.startswith('"'):
            yield _gradle(name[:200], "", line, self._at(index))

    def other_versions(self) -> Iterator[Dependency]:
        """Versions that this file does not use itself, but others may."""
        for name, line in self.lines.items():
            if name not in self.used and holds_version(name):
                value = resolve(self.values[name], self.values, _VARIABLE, lambda _: None)
                yield _gradle(name, value, line, "property")


def _is_string(token: str) -> bool:
    return len(token) > 1 and token[0] in "\"'" and token[-1] == token[0]


def _plain(token: str) -> str:
    quotes = 3 if token.startswith(('"""', "'''")) and len(token) > 5 else 1
    return token[quotes:-quotes]


def _bare(name: str) -> str:
    """A variable's name without what it belongs to."""
    return name.rpartition(".")[2]


def catalog(text: str) -> Iterator[Dependency]:
    """libs.versions.toml."""
    document = read_toml(text)
    versions = document.table("versions")
    used: set[str] = set()
    for name, value in document.table("libraries").items():
        line = document.table("libraries").where(name)
        if isinstance(value, str):
            owner, _, rest = value.partition(":")
            artifact, _, version = rest.partition(":")
        elif isinstance(value, Table):
            owner, _, artifact = (value.text("module") or f"{value.text('group')}:{value.text('name')}").partition(":")
            version = _version(value.get("version"), versions, used)
        else:
            raise Unreadable(f"library `{name[:80]}` should hold coordinates", line)
        yield _gradle(f"{owner}:{artifact}", version, line, f"library {name}")
    for name, value in document.table("plugins").items():
        line = document.table("plugins").where(name)
        if isinstance(value, str):
            plugin, _, version = value.partition(":")
        elif isinstance(value, Table):
            plugin, version = value.text("id"), _version(value.get("version"), versions, used)
        else:
            raise Unreadable(f"plugin `{name[:80]}` should hold an id", line)
        yield _gradle(plugin, version, line, f"plugin {name}")
    for name in versions:
        if name not in used:
            yield _gradle(name, _version(versions.get(name), versions, used), versions.where(name), "version")
    for name in document.table("bundles"):
        libraries = sorted(text for text, _ in document.table("bundles").array(name).texts())
        yield _gradle(f"bundle {name}", ", ".join(libraries), document.table("bundles").where(name), "bundle")


def _version(value: Value, versions: Table, used: set[str]) -> str:
    if isinstance(value, Table) and (reference := value.text("ref")):
        used.add(reference)
        return inline(versions.get(reference)) if reference in versions else f"version {reference}"
    return "" if value is None else inline(value)


def lockfile(text: str) -> Iterator[Dependency]:
    for line, raw in enumerate(text.split("\n"), 1):
        content = raw.strip()
        if not content or content.startswith(("#", "empty=")):
            continue
        match content.partition("=")[0].split(":"):
            case [owner, artifact, version]:
                configurations = ",".join(sorted(content.partition("=")[2].split(",")))
                yield _gradle(f"{owner}:{artifact}", version, line, "", configurations)
            case _:
                raise Unreadable(f"`{content[:80]}` is no locked dependency", line)


def properties(text: str) -> Iterator[Dependency]:
    for line, raw in enumerate(text.split("\n"), 1):
        name, equals, value = raw.strip().partition("=")
        if equals and not name.startswith(("#", "!")) and holds_version(name.strip()):
            yield _gradle(name.strip(), folded(value), line, "property")


def _gradle(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="maven", name=name, version=folded(version), line=line, group=group, detail=detail)
