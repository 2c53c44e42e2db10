"""The `formatting` rule: a hotfix contains no layout-only changes."""

from __future__ import annotations

from pydantic import Field

from hotfix.dependencies import is_lockfile
from hotfix.facts import Change, Facts, File
from hotfix.finding import AUTHOR, Finding, Location, failed, passed, unknown
from hotfix.formatting import LayoutChange, layout_changes
from hotfix.remedies import rebase, restore_files
from hotfix.rules.base import Level, Rule, RuleOptions, capped
from hotfix.text.file_kinds import is_text

MAX_PATCH = 2_000_000
"""Maximum size of a patch that is compared, in characters."""
MAX_CLOSE = 200_000
"""Characters of the whole change that are compared token by token; the rest is compared line by line."""
SHOWN = 50


class FormattingOptions(RuleOptions):
    """Options of the `formatting` rule."""

    level: Level = Field(Level.WARN, description="block: must pass; warn: shown only; off: not evaluated")


def check(facts: Facts, options: FormattingOptions) -> Finding:
    """Fail for layout changes; otherwise be unknown if a file cannot be compared."""
    found: list[tuple[File, LayoutChange]] = []
    unread: list[File] = []
    closely = 0
    for file in facts.files:
        if not _concerns(file):
            continue
        if file.binary or file.patch is None or len(file.patch) > MAX_PATCH:
            unread.append(file)
            continue
        closely += len(file.patch)
        found += [(file, layout) for layout in layout_changes(file.path, file.patch, closely=closely <= MAX_CLOSE)]
    if found:
        return _failed(facts, found)
    if unread:
        names = ", ".join(file.path for file in unread[:3]) + (" and others" if len(unread) > 3 else "")
        return unknown(
            f"The change of {names} is too large, or binary to git, so it cannot be compared",
            "Make it smaller, or remove the NUL bytes",
            actors=(AUTHOR,),
            locations=tuple(Location(file.path) for file in unread[:SHOWN]),
        )
    if "files" in facts.missing:
        return unknown(
            f"Not every changed file is known: {facts.missing['files']}",
            "Make the hotfix smaller, so that GitHub lists every file",
            actors=(AUTHOR,),
        )
    return passed("No hunk changes only white space or layout")


def _concerns(file: File) -> bool:
    """Return whether the rule applies to the file: hand-written, existing before, and with changed lines of text."""
    if file.change in (Change.ADDED, Change.REMOVED, Change.COPIED, Change.UNCHANGED):
        return False
    return (file.lines > 0 or (file.binary and is_text(file.path))) and not (
        file.generated or file.vendored or is_lockfile(file.path)
    )


def _failed(facts: Facts, found: list[tuple[File, LayoutChange]]) -> Finding:
    paths = list(dict.fromkeys(file.path for file, _ in found))
    count = len(found)
    details, more = capped([f"{file.path}:{layout.line} only {layout.what} changed" for file, layout in found], SHOWN)
    return failed(
        f"{count} {'change is' if count == 1 else 'changes are'} only layout, in "
        f"{', '.join(paths[:3])}{f' and {len(paths) - 3} more files' if len(paths) > 3 else ''}",
        "Restore the layout (answer y to those hunks, n to the fix itself; s splits a hunk), "
        "and reformat in a regular release",
        commands=rebase.published(facts, restore_files.chosen_hunks(facts, paths[:SHOWN])),
        locations=tuple(
            Location(file.path, layout.line, f"only {layout.what} changed", layout.end_line)
            for file, layout in found[:SHOWN]
        ),
        details=details,
        more_details=more,
    )


RULE = Rule(
    id="formatting",
    summary="passes when no hunk changes only white space or layout",
    options=FormattingOptions,
    check=check,
)
