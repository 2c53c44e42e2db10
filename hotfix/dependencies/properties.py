"""Properties and variables that hold versions, in Maven, Gradle and NuGet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hotfix.dependencies.model import Unreadable

_VERSION = re.compile(r"(?:^|[._-])versions?(?:[._-]|$)|Versions?$|[a-z]Version[A-Z]", re.ASCII)
_CAPITALS = re.compile(r"(?:^|_)VERSION(?:_|$)")
_OWN = frozenset(
    (
        "version",
        "revision",
        "versioncode",
        "versionname",
        "versionprefix",
        "versionsuffix",
        "assemblyversion",
        "assemblyfileversion",
        "fileversion",
        "packageversion",
        "informationalversion",
        "productversion",
        "product.version",
        "langversion",
        "javaversion",
        "java.version",
        "jdk.version",
        "jdkversion",
        "targetframeworkversion",
        "project.version",
        "projectversion",
        "app.version",
        "appversion",
        "application.version",
        "applicationversion",
        "release.version",
        "releaseversion",
        "build.version",
        "buildversion",
    )
)
"""The project's own version, and that of the language."""
MAX_DEPTH = 10
"""Properties that stand for properties."""
MAX_LENGTH = 1_000
"""Longest version, in characters, that properties can make."""
MAX_REPLACED = 20
"""Properties that one version is put together from."""


def holds_version(name: str) -> bool:
    """Does a property of this name hold the version of a dependency? Told by its name alone."""
    if name.casefold() in _OWN or name.startswith("maven.compiler."):
        return False
    return bool(_VERSION.search(name) or _CAPITALS.search(name))


def resolve(text: str, properties: Mapping[str, str], pattern: re.Pattern[str], used: Callable[[str], object]) -> str:
    """Put in the values of properties that are known; `used` hears of each.

    The first group of `pattern` that matches is the name. Raises Unreadable when the text grows too long.
    """

    def value(match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group is not None)
        if name not in properties:
            return match[0]
        used(name)
        return properties[name]

    for _ in range(MAX_DEPTH):
        if "$" not in text:
            break
        before, text = text, pattern.sub(value, text, count=MAX_REPLACED)
        if text == before:
            break
        if len(text) > MAX_LENGTH:
            raise Unreadable("properties make a version too long")
    return text
