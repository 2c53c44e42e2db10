"""Read lockfiles in custom formats (Yarn 1, Bundler, Gradle, Go), without ignoring any line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial

from hotfix.dependencies.package_change import Dependency, Unreadable, joined, without_secrets

_WORD = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|$)|[^\s",:]++(?::[^\s",:]++)*+')
_HOST = re.compile(r"[A-Za-z][\w+.-]*://[^/\s\"'#?]+")


def hosts(text: str) -> str:
    """Return the hosts of the URLs in a text, sorted, without credentials."""
    return " ".join(sorted({without_secrets(f"{host}/") for host in _HOST.findall(text)}))


def yarn_lock(text: str) -> Iterator[Dependency]:
    """Read Yarn 1's format: an entry is an unindented line that ends in a colon, followed by indented lines."""
    asked: list[str] = []
    lines: list[str] = []
    start = 0
    for line, raw in enumerate([*re.split(r"\r\n|\n", text), "end:"], 1):
        content = raw.rstrip()
        if not content or content.startswith("#"):
            continue
        if content[0] == " ":
            if not asked:
                raise Unreadable(f"`{content[:80].strip()}` belongs to no entry", line)
            lines.append(content.strip())
            continue
        if not content.endswith(":"):
            raise Unreadable("an entry should end with a colon", line)
        if asked:
            yield _yarn_entry(asked, lines, start)
        asked, lines, start = [_plain(word, line) for word in _WORD.findall(content)], [], line


def _yarn_entry(asked: list[str], lines: list[str], line: int) -> Dependency:
    """Return an entry as a dependency; in `@scope/name@range`, the name ends at the first `@` after the start."""
    names = {one[:at] if (at := one.find("@", 1)) > 0 else one for one in asked}
    ranges = sorted(one[one.find("@", 1) + 1 :] for one in asked if one.find("@", 1) > 0)
    version = next((_plain(each[8:].strip(), line) for each in lines if each.startswith("version ")), "")
    if not version:
        raise Unreadable("an entry has no version", line)
    rest = sorted(each for each in lines if not each.startswith("version "))
    detail = without_secrets(joined(f"for {', '.join(ranges)}", *rest))
    return Dependency(
        "npm", ", ".join(sorted(names)), version, line, detail=detail, source=hosts(" ".join((*ranges, *rest)))
    )


def _plain(word: str, line: int) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        raise Unreadable(f"`{word[:80]}` is not quoted correctly", line) from None


_GEM = re.compile(r"    ([^\s(]+)(?: \(([^)]*)\))?")
_OUTSIDE = ("/", "..", "~")
"""The beginnings of paths outside the repository."""
_SECTIONS = ("GEM", "GIT", "PATH", "PLUGIN SOURCE", "PLATFORMS", "DEPENDENCIES", "CHECKSUMS", "RUBY VERSION")


def gemfile_lock(text: str) -> Iterator[Dependency]:
    """Read Bundler's lockfile. A gem's requirements are part of its entry; the project's own gems are under PATH."""
    section = remote = ""
    own: set[str] = set()
    gem: list[str] = []
    at = 0

    def flush() -> Iterator[Dependency]:
        nonlocal gem
        if gem:
            name, version, *rest = gem
            yield _ruby(name, version, at, detail=joined(*sorted(rest)), source=remote)
        gem = []

    for line, raw in enumerate(re.split(r"\r\n|\n", text), 1):
        content = raw.rstrip()
        if not content:
            continue
        if content[0] != " ":
            yield from flush()
            if content[0] in "<=>":
                raise Unreadable("it contains a merge conflict", line)
            section, remote = content, ""
            if section not in (*_SECTIONS, "BUNDLED WITH"):
                yield Dependency("", section, "", line)
        elif section in ("GEM", "GIT", "PLUGIN SOURCE", "PATH"):
            if found := _GEM.fullmatch(content):
                yield from flush()
                if section == "PATH":
                    own.add(found[1])
                else:
                    gem, at = [found[1], found[2] or ""], line
            elif gem and content.startswith("      "):
                gem.append(content.strip())
            elif section != "PATH" or not content.startswith("      "):
                remote = joined(remote, "" if content == "  specs:" else without_secrets(content.strip()))
                if section == "PATH" and content.startswith("  remote: ") and content[10:].startswith(_OUTSIDE):
                    yield _ruby(f"path {content[10:]}", "", line, source=content[10:])
        elif section == "CHECKSUMS":
            name, _, rest = content.strip().partition(" ")
            version, _, sum = rest.removeprefix("(").partition(")")
            yield _ruby(name, version, line, group="checksum", detail=sum.strip())
        elif section == "DEPENDENCIES":
            name, _, rest = content.strip().partition(" ")
            if name.removesuffix("!") not in own:
                detail = "from its own source" if name.endswith("!") else ""
                yield _ruby(name.removesuffix("!"), rest.strip("()"), line, group="asked for", detail=detail)
        elif section not in ("PATH", "PLATFORMS"):
            # The versions of Ruby and Bundler, and sections of future Bundler versions.
            yield Dependency("", section.lower(), content.strip(), line)
    yield from flush()


_ruby = partial(Dependency, "rubygems")


def gradle_lock(text: str) -> Iterator[Dependency]:
    """Read `group:name:version=configurations`, one per line."""
    for line, raw in enumerate(re.split(r"\r\n|\n", text), 1):
        content = raw.strip()
        if not content or content.startswith("#"):
            continue
        coordinates, equals, configurations = content.partition("=")
        name, _, version = coordinates.rpartition(":")
        if not equals or (not name and coordinates != "empty"):
            raise Unreadable("a line should contain group:name:version=configurations", line)
        if name:
            used = ",".join(sorted(configurations.split(",")))
            yield Dependency("maven", name, version, line, detail=used)


def go_sum(text: str) -> Iterator[Dependency]:
    """Read `module version checksum`, one per line."""
    for line, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        match raw.split():
            case [name, version, sum]:
                yield Dependency("go", name, version, line, detail=sum)
            case _:
                raise Unreadable("a line should contain module, version and checksum", line)
