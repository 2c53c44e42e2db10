"""Compare the dependencies of two versions of a manifest, ignoring order, layout and line numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from hotfix.dependencies.package_change import ChangeKind, Dependency, PackageChange, joined


def compare(before: Iterable[Dependency], after: Iterable[Dependency]) -> list[PackageChange]:
    """Return the added, removed and changed dependencies, ordered by line. A name may occur several times."""
    old, new = _by(_identity, before), _by(_identity, after)
    # What occurs more often on one side than on the other.
    gone = [each for key, all in old.items() for each in all[len(new.get(key, ())) :]]
    come = [each for key, all in new.items() for each in all[len(old.get(key, ())) :]]
    found: list[PackageChange] = []
    # First match dependencies within the same group, then those that moved to another group.
    for key in _group, _name:
        removed, added = _by(key, gone), _by(key, come)
        gone, come = [], []
        for name in dict.fromkeys((*removed, *added)):
            here, there = removed.get(name, []), added.get(name, [])
            found += [_changed(one, other) for one, other in zip(here, there, strict=False)]
            gone += here[len(there) :]
            come += there[len(here) :]
    found += [*map(_removed, gone), *map(_added, come)]
    # A lockfile's entries may be repeated per importer or parent.
    changes: dict[tuple[str, ...], PackageChange] = {}
    for each in found:
        changes.setdefault((each.kind, each.name, each.before, each.after), each)
    return sorted(changes.values(), key=lambda c: (c.line or c.line_before, c.name))


DependencyKey = tuple[str, ...]


def _by(
    key: Callable[[Dependency], DependencyKey], dependencies: Iterable[Dependency]
) -> dict[DependencyKey, list[Dependency]]:
    found = defaultdict(list)
    for dependency in dependencies:
        found[key(dependency)].append(dependency)
    return found


def _name(dependency: Dependency) -> DependencyKey:
    return (dependency.ecosystem, dependency.name)


def _group(dependency: Dependency) -> DependencyKey:
    return (dependency.ecosystem, dependency.name, dependency.group)


def _identity(dependency: Dependency) -> DependencyKey:
    return (*_group(dependency), dependency.version, dependency.detail, dependency.source)


def _changed(old: Dependency, new: Dependency) -> PackageChange:
    before, after = old.version, new.version
    if old.source != new.source:
        before, after = joined(before, old.source), joined(after, new.source)
    if before == after and old.detail != new.detail:
        before, after = joined(before, old.detail or "nothing more"), joined(after, new.detail or "nothing more")
    if before == after and old.group != new.group:
        before, after = joined(before, old.group or "top level"), joined(after, new.group or "top level")
    return PackageChange(
        ChangeKind.CHANGED, new.ecosystem, new.name, before=before, after=after, line=new.line, line_before=old.line
    )


def _added(new: Dependency) -> PackageChange:
    return PackageChange(ChangeKind.ADDED, new.ecosystem, new.name, after=new.version, line=new.line)


def _removed(old: Dependency) -> PackageChange:
    return PackageChange(ChangeKind.REMOVED, old.ecosystem, old.name, before=old.version, line_before=old.line)
