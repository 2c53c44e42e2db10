"""Combine detected changes with GitHub's dependency review, for vulnerabilities and for unknown manifests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from posixpath import dirname

from hotfix.dependencies.manifest_comparison import compare
from hotfix.dependencies.package_change import ChangeKind, Dependency, PackageChange
from hotfix.dependencies.path_kinds import is_example, is_fixture
from hotfix.facts import DependencyChange

_ECOSYSTEMS = {
    "pypi": "pip",
    "gomod": "go",
    "golang": "go",
    "rust": "cargo",
    "crates.io": "cargo",
    "gem": "rubygems",
    "bundler": "rubygems",
    "packagist": "composer",
    "githubactions": "actions",
    "github-actions": "actions",
}
"""Ecosystem name used elsewhere -> ours."""

_ADDRESS = re.compile(r"[:/\\]")
"""Characters that a plain version doesn't have: a change to a URL, a path or an alias is not a security update."""


def _key(ecosystem: str, name: str) -> tuple[str, str]:
    ecosystem = _ECOSYSTEMS.get(ecosystem.lower(), ecosystem.lower())
    if ecosystem == "pip":
        name = re.sub(r"[-_.]+", "-", name).lower()
    elif ecosystem in ("nuget", "composer", "actions"):
        name = name.lower()
    elif ecosystem == "maven":
        name = name.replace("/", ":")
    return ecosystem, name


class Advisories:
    """The dependency review's entries, indexed by directory and package, and by manifest."""

    def __init__(self, review: Iterable[DependencyChange]) -> None:
        self._by_package: dict[tuple[str, tuple[str, str]], list[DependencyChange]] = defaultdict(list)
        self._by_manifest: dict[str, list[DependencyChange]] = defaultdict(list)
        for entry in review:
            manifest = entry.manifest.lstrip("/")
            self._by_package[dirname(manifest), _key(entry.ecosystem, entry.name)].append(entry)
            self._by_manifest[manifest].append(entry)

    def removes_vulnerability(self, path: str, change: PackageChange) -> bool:
        """Return whether the change replaces a version with a known vulnerability by one without.

        A lockfile's exact versions are also used for the manifest in the same directory.
        """
        if change.kind is ChangeKind.ADDED or change.before == change.after or _ADDRESS.search(change.after):
            return False
        entries = self._by_package.get((dirname(path), _key(change.ecosystem, change.name)), [])
        removed = [entry for entry in entries if entry.change == "removed"]
        added = [entry for entry in entries if entry.change == "added"]
        if change.kind is ChangeKind.CHANGED and not added:
            return False
        return any(entry.vulnerabilities for entry in removed) and not any(entry.vulnerabilities for entry in added)

    def changes_of(self, path: str) -> list[PackageChange]:
        """Return the review's changes in a manifest, without lines; none for fixtures, examples and documentation."""
        if is_fixture(path) or is_example(path):
            return []
        entries = self._by_manifest.get(path, [])
        return compare(_as_dependencies(entries, "removed"), _as_dependencies(entries, "added"))


def _as_dependencies(entries: Iterable[DependencyChange], change: str) -> list[Dependency]:
    return [Dependency(_key(e.ecosystem, e.name)[0], e.name, e.version, 0) for e in entries if e.change == change]
