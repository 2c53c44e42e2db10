"""Parse the keys of lockfile entries (name, version, parent), and detect entries for the repository's own packages."""

from __future__ import annotations

import re

from hotfix.dependencies.path_kinds import is_inside
from hotfix.dependencies.syntax.document_tree import Table


def yarn_key(key: str) -> tuple[str, str, str]:
    """Split a key of a Yarn lockfile.

    `"@scope/name@npm:^1, @scope/name@npm:^2"` gives `@scope/name` with parent `npm:^1, npm:^2`.
    """
    asked = [(each, each.find("@", 1)) for each in map(str.strip, key.split(","))]
    names = {each[:at] if at > 0 else each for each, at in asked}
    return ", ".join(sorted(names)), "", ", ".join(sorted(each[at + 1 :] for each, at in asked if at > 0))


def npm_path(path: str) -> tuple[str, str, str]:
    """Split a path of an npm lockfile: `node_modules/a/node_modules/b` is `b` with parent `a`."""
    parents, _, name = path.rpartition("node_modules/")
    return name, "", parents.replace("/node_modules/", " > ").strip("/")


def is_linked(_: str, package: Table) -> bool:
    """Return whether npm only links the package to a directory that production may use."""
    return package.get("link") is True and is_inside(package.text("resolved"))


def pnpm_key(key: str) -> tuple[str, str, str]:
    """Split a key of a pnpm lockfile: `name@1.0.0(peer@2)`, formerly `/@scope/name/1.0.0_peer@2`."""
    if old := re.fullmatch(r"/((?:@[^/]+/)?[^/@]+)/([^_/(]+)(.*)", key):
        return old[1], old[2], old[3]
    key, _, peers = key.lstrip("/").partition("(")
    at = key.find("@", 1)
    return (key[:at], key[at + 1 :], peers) if at > 0 else (key, "", peers)


def is_pypi_source(_: str, package: Table) -> bool:
    """Return whether the package is the project itself or a part of it, whose versions are its releases."""
    source = package.table("source" if "source" in package else "directory")
    places = (source.text(key) for key in ("editable", "virtual", "directory", "path") if source.text(key))
    return next((is_inside(place) for place in places), False)
