"""Compare the dependencies of two versions of a manifest, ignoring order, layout and line numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from hotfix.dependencies.package_change import ChangeKind, Dependency, PackageChange, joined


def compare(before: Iterable[Dependency], after: Iterable[Dependency]) -> list[PackageChange]:
    """Return the added, removed and changed dependencies, ordered by line. A name may occur several times."""
    gone, come = _leftovers(before, after)
    changes: dict[tuple[ChangeKind, str, str, str], PackageChange] = {}
    # First match dependencies within the same group, then those that moved to another group.
    for key in _group, _name:
        removed, added = _by(key, gone), _by(key, come)
        gone, come = [], []
        for name in dict.fromkeys((*removed, *added)):
            old, new = removed.get(name, []), added.get(name, [])
            for one, other in zip(old, new, strict=False):
                _note(changes, _changed(one, other))
            gone += old[len(new) :]
            come += new[len(old) :]
    for dependency in gone:
        _note(changes, _removed(dependency))
    for dependency in come:
        _note(changes, _added(dependency))
    return sorted(changes.values(), key=lambda c: (c.line or c.line_before, c.name))


def _leftovers(before: Iterable[Dependency], after: Iterable[Dependency]) -> tuple[list[Dependency], list[Dependency]]:
    """Return the dependencies that occur more often on one side than on the other."""
    old, new = _by(_identity, before), _by(_identity, after)
    gone = [d for key, all in old.items() for d in all[len(new.get(key, ())) :]]
    come = [d for key, all in new.items() for d in all[len(old.get(key, ())) :]]
    return gone, come


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


def _note(changes: dict[tuple[ChangeKind, str, str, str], PackageChange], change: PackageChange) -> None:
    """Add a change unless it was already added, as for lockfile entries repeated per importer or parent."""
    changes.setdefault((change.kind, change.name, change.before, change.after), change)


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
