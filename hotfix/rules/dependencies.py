"""The `dependencies` rule: a hotfix brings no other packages than those that run in production."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import Field

from hotfix.dependencies import Change, Unreadable, diff, is_lockfile, is_manifest
from hotfix.dependencies.advisories import Advisories
from hotfix.facts import Change as FileChange
from hotfix.facts import Facts, File
from hotfix.finding import Finding, Location, Status, passed
from hotfix.remedies import rebase, restore_files
from hotfix.rules.base import Rule, RuleOptions

SHOWN = 100
"""Changes listed one by one; a lockfile can hold thousands."""
OVERRIDE = "a tech lead can override: `/hotfix override dependencies REASON`"


class Options(RuleOptions):
    """Options of the `dependencies` rule."""

    allow_security_fixes: bool = Field(
        True,
        description="Allow a change that removes a known vulnerability: the old version has one, the new one has none. "
        "Needs GitHub's dependency review",
    )


@dataclass
class _Found:
    changes: list[tuple[File, Change]] = field(default_factory=list)
    allowed: list[tuple[File, Change]] = field(default_factory=list)
    unknown: list[tuple[File, Unreadable]] = field(default_factory=list)


def check(facts: Facts, options: Options) -> Finding:
    """A change weighs more than a file that can't be read, and that more than files that are not known."""
    found = _look(facts, options)
    if found.changes:
        return _failed(facts, found)
    if found.unknown:
        return _unknown(facts, found)
    if "files" in facts.missing:
        return Finding(
            status=Status.UNKNOWN,
            message=f"not every changed file is known, so a manifest may be among the others: {facts.missing['files']}",
            remediation="make the hotfix smaller, so that GitHub lists every file",
            actors=("the author",),
        )
    if found.allowed:
        return Finding(
            status=Status.PASSED,
            message="every changed dependency removes a known vulnerability",
            details=tuple(_lines(found.allowed)),
        )
    return passed("no dependency is added, removed or changed")


def _look(facts: Facts, options: Options) -> _Found:
    found = _Found()
    advisories = Advisories(facts.dependency_review or ())
    for file in facts.files:
        reviewed = advisories.changes_of(file.path)
        if not _concerns(file):
            changes = reviewed
        else:
            try:
                changes = _changes(file)
            except Unreadable as error:
                found.unknown.append((file, error))
                changes = reviewed
        for change in changes:
            fine = options.allow_security_fixes and advisories.mends(file.path, change)
            (found.allowed if fine else found.changes).append((file, change))
    return found


def _concerns(file: File) -> bool:
    if file.change is FileChange.UNCHANGED or (file.vendored and not is_lockfile(file.path)):
        return False
    return is_manifest(file.path) or (file.change is FileChange.RENAMED and is_manifest(file.previous_path or ""))


def _changes(file: File) -> list[Change]:
    """Raises Unreadable when a text is missing or is not what the file's name says."""
    previous = file.previous_path if file.change is FileChange.RENAMED and file.previous_path else file.path
    before = after = None
    if file.change not in (FileChange.ADDED, FileChange.COPIED) and is_manifest(previous):
        before = _text(file.before, "at the production tag")
    if file.change is not FileChange.REMOVED and is_manifest(file.path):
        after = _text(file.after, "at the head")
    return diff(file.path, before, after, path_before=previous)


def _text(text: str | None, where: str) -> str:
    if text is None:
        raise Unreadable(f"its text {where} could not be read (binary, or too large)")
    return text


def _failed(facts: Facts, found: _Found) -> Finding:
    files = list(dict.fromkeys(file.path for file, _ in found.changes))
    count = len(found.changes)
    tag = facts.production.tag if facts.production else None
    fix = restore_files.commands(facts, dict.fromkeys(file for file, _ in (*found.changes, *found.unknown)))
    return Finding(
        status=Status.FAILED,
        message=f"{count} {'dependency changes' if count == 1 else 'dependencies change'} in {_listed(files)}",
        remediation=f"put {_listed(files)} back as in {tag or 'production'}, undoing every change there; {OVERRIDE}",
        commands=rebase.published(facts, fix),
        fix=fix,
        actors=("the author", "a tech lead"),
        locations=tuple(
            Location(file.path, change.line, str(change))
            for file, change in found.changes[:SHOWN]
            if file.change is not FileChange.REMOVED
        ),
        details=(
            *_lines(found.changes),
            *(f"{line} (allowed: removes a known vulnerability)" for line in _lines(found.allowed)),
            *(f"{file.path} can't be read: {error}" for file, error in found.unknown),
        ),
    )


def _unknown(facts: Facts, found: _Found) -> Finding:
    file, error = found.unknown[0]
    more = f", and {len(found.unknown) - 1} more" if len(found.unknown) > 1 else ""
    return Finding(
        status=Status.UNKNOWN,
        message=f"{file.path}{more} can't be read, so its dependencies may have changed: {error}",
        remediation=f"mend the file, or put it back as it is in production; {OVERRIDE}",
        commands=rebase.published(facts, restore_files.commands(facts, [file for file, _ in found.unknown])),
        actors=("the author", "a tech lead"),
        locations=tuple(Location(file.path, error.line, error.reason) for file, error in found.unknown[:SHOWN]),
        details=tuple(f"{file.path}: {error}" for file, error in found.unknown[:SHOWN]),
    )


def _lines(changes: list[tuple[File, Change]]) -> Iterable[str]:
    for file, change in changes[:SHOWN]:
        yield f"{file.path}{f':{change.line}' if change.line else ''} {change}"
    if len(changes) > SHOWN:
        yield f"... and {len(changes) - SHOWN} more"


def _listed(files: list[str]) -> str:
    shown = files if len(files) <= 4 else [*files[:3], f"{len(files) - 3} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


RULE = Rule(
    id="dependencies",
    summary="passes when no dependency is added, removed or changed, unless that removes a known vulnerability",
    options=Options,
    check=check,
)
