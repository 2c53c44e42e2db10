"""The `tests` rule: a test changed with the source, and the head's required checks passed."""

from __future__ import annotations

from pydantic import Field

from hotfix.dependencies.path_kinds import is_fixture, is_media
from hotfix.facts import Change, CheckState, Facts, File
from hotfix.finding import Finding, Location, failed, passed, unknown
from hotfix.remedies import pull_commands
from hotfix.rules.base import Level, Rule, RuleOptions, unknown_without
from hotfix.text.file_kinds import is_prose, is_test, is_written_by_tools


class ChangedTestsOptions(RuleOptions):
    """Options of the `tests` rule."""

    level: Level = Field(Level.WARN, description="block: must pass; warn: shown only; off: not evaluated")


def check(facts: Facts, options: ChangedTestsOptions) -> Finding:
    """Check the tests.

    A failed check takes precedence over a missing test. While checks are running or not reported, the result is
    unknown.
    """
    required = [check for check in (facts.pull.checks if facts.pull else ()) if check.required]
    in_state = {state: tuple(check.name for check in required if check.state is state) for state in CheckState}
    if red := in_state[CheckState.FAILED]:
        return failed(
            f"{_checks(red)} failed: {', '.join(red)}",
            "fix what they found, or run them again if they failed by chance",
            commands=(pull_commands.pull_command(facts, "checks"),) if facts.pull else (),
        )
    source = [file.path for file in facts.files if file.change is not Change.UNCHANGED and _is_source(file.path)]
    tested = any(map(_is_tested_by, facts.files))
    if source and not tested and "files" not in facts.missing:
        return failed(
            f"{source[0]}{_more(len(source) - 1)} changed without a test",
            "add a test that fails without the fix",
            locations=tuple(Location(path, message="changed without a test") for path in source[:10]),
        )
    needed = ("checks", "pull") if tested or not source else ("files", "checks", "pull")
    if found := unknown_without(facts, *needed):
        return found
    if running := in_state[CheckState.RUNNING]:
        return unknown(f"{_checks(running)} still {'runs' if len(running) == 1 else 'run'}: {', '.join(running)}")
    if expected := in_state[CheckState.EXPECTED]:
        one = len(expected) == 1
        return unknown(
            f"{_checks(expected)} {'has' if one else 'have'} not reported on this commit: {', '.join(expected)}",
            f"start what reports {'it' if one else 'them'}, if it does not start automatically",
            commands=(pull_commands.pull_command(facts, "checks"),) if facts.pull else (),
        )
    words = "a test changed with the source" if source else "no source changed that a test could cover"
    if facts.pull is None:
        return passed(f"{words}; the required checks run on GitHub")
    green = in_state[CheckState.PASSED]
    return passed(f"{words}; {f'{_checks(green)} passed: ' + ', '.join(green) if green else 'no check is required'}")


def _is_tested_by(file: File) -> bool:
    """Return whether the file is a test with added content; removed lines, moves and mode changes test nothing new."""
    notes = file.path.casefold().endswith(_NOTES) and not is_fixture(file.path)
    return (
        is_test(file.path) and file.change is not Change.REMOVED and not notes and bool(file.additions or file.binary)
    )


def _is_source(path: str) -> bool:
    return not (is_test(path) or is_prose(path) or is_written_by_tools(path) or is_media(path))


_NOTES = (".md", ".rst", ".adoc")
"""Suffixes of prose that may be in a folder of tests."""


def _checks(names: tuple[str, ...]) -> str:
    return "the required check" if len(names) == 1 else f"{len(names)} required checks"


def _more(count: int) -> str:
    return f" and {count} other file{'' if count == 1 else 's'}" if count else ""


RULE = Rule(
    id="tests",
    summary="passes when a test changed with the source, and the required checks of the head passed",
    options=ChangedTestsOptions,
    check=check,
)
