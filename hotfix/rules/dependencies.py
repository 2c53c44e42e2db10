"""The `dependencies` rule: a hotfix changes no dependency, package source or toolchain, except for security."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from hotfix.facts import Change, Facts, File
from hotfix.finding import AUTHOR, TECH_LEAD, Finding, Location, failed, passed, unknown
from hotfix.remedies import rebase, restore_files
from hotfix.rules.base import Rule, RuleOptions, capped, few

if TYPE_CHECKING:
    from hotfix.dependencies.package_change import PackageChange

SHOWN = 100
"""Maximum number of changes listed; a lockfile can contain thousands."""
OVERRIDE = "a tech lead can override: `/hotfix override dependencies REASON`"


class DependenciesOptions(RuleOptions):
    """Options of the `dependencies` rule."""

    allow_security_fixes: bool = Field(
        True,
        description="Allow a change that removes a known vulnerability: the old version has one, the new one has none. "
        "Needs GitHub's dependency review",
    )


@dataclass
class _Found:
    changes: list[tuple[File, PackageChange]] = field(default_factory=list)
    allowed: list[tuple[File, PackageChange]] = field(default_factory=list)


def check(facts: Facts, options: DependenciesOptions) -> Finding:
    """Check the dependencies. A known change takes precedence over files that GitHub didn't list."""
    found = _find(facts, options)
    if found.changes:
        return _failed(facts, found)
    if "files" in facts.missing:
        return unknown(
            f"not every changed file is known, so a manifest may be among the others: {facts.missing['files']}",
            "Make the hotfix smaller, so that GitHub lists every file",
            actors=(AUTHOR,),
        )
    if found.allowed:
        return passed("every changed dependency removes a known vulnerability", details=tuple(_lines(found.allowed)))
    return passed("no dependency, package source or toolchain is added, removed or changed")


def _find(facts: Facts, options: DependenciesOptions) -> _Found:
    # Imported here because the readers of all formats make up a tenth of the modules that `hotfix check` loads.
    from hotfix.dependencies.file_changes import changes_of, repository_of
    from hotfix.dependencies.file_table import row_of

    found = _Found()
    advisories = None
    if facts.dependency_review:
        from hotfix.dependencies.advisories import Advisories

        advisories = Advisories(facts.dependency_review)
    repository = repository_of(facts.repo, facts.files, facts.root_manifests)
    for file in facts.files:
        changes = changes_of(file, repository)
        if advisories and not changes and row_of(file.path) is None and file.change is not Change.UNCHANGED:
            changes = advisories.changes_of(file.path)
        for change in changes:
            removes = advisories is not None and advisories.removes_vulnerability(file.path, change)
            allowed = options.allow_security_fixes and removes
            (found.allowed if allowed else found.changes).append((file, change))
    return found


def _failed(facts: Facts, found: _Found) -> Finding:
    files = list(dict.fromkeys(file.path for file, _ in found.changes))
    count = len(found.changes)
    tag = facts.production.tag if facts.production else None
    fix = restore_files.commands(facts, dict.fromkeys(file for file, _ in found.changes))
    allowed = [f"{line} (allowed: removes a known vulnerability)" for line in _lines(found.allowed)]
    details, more = capped([*_lines(found.changes), *allowed], SHOWN)
    return failed(
        f"{few(files)} {'changes' if len(files) == 1 else 'change'} what is installed: "
        + (str(found.changes[0][1]) if count == 1 else f"{count:,} changes"),
        f"restore {few(files)} as in {tag or 'production'}, undoing every change there; {OVERRIDE}",
        commands=rebase.published(facts, fix),
        fix=fix,
        restores=frozenset(files) if fix else frozenset(),
        actors=(AUTHOR, TECH_LEAD),
        locations=tuple(
            Location(file.path, change.line, str(change))
            for file, change in found.changes[:SHOWN]
            if file.change is not Change.REMOVED
        ),
        details=details,
        more_details=more,
    )


def _lines(changes: list[tuple[File, PackageChange]]) -> list[str]:
    places = (f"{file.path}:{change.line}" if change.line else file.path for file, change in changes)
    return [f"{at}{':' if each.unread else ''} {each}" for at, (_, each) in zip(places, changes, strict=True)]


RULE = Rule(
    id="dependencies",
    summary="passes when no dependency, package source or toolchain is added, removed or changed, unless that removes "
    "a known vulnerability",
    options=DependenciesOptions,
    check=check,
)
