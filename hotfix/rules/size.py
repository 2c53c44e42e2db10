"""The `size` rule: a hotfix is small enough to be read in one go."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from hotfix.dependencies import is_lockfile
from hotfix.facts import Facts, File
from hotfix.finding import Finding, Location, Status, passed
from hotfix.remedies import rebase
from hotfix.remedies.restore_files import pathspecs
from hotfix.rules.base import Rule, RuleOptions
from hotfix.text.file_kinds import is_test
from hotfix.text.globs import Patterns, matches

_SHOWN = 5
"""Files that a finding names one by one."""


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


Count = Annotated[int, BeforeValidator(_no_truth)]
"""A number; pydantic would take `true` for 1."""


class Options(RuleOptions):
    """Options of the `size` rule."""

    max_lines: Count = Field(100, ge=1, le=1_000_000, description="Changed lines allowed: added and removed together")
    max_files: Count = Field(10, ge=1, le=1_000_000, description="Changed files allowed")
    ignore: Patterns = Field(
        (),
        description="Globs of files that do not count; tests, lockfiles, the spec, and what the production tag's "
        ".gitattributes calls generated or vendored never count",
    )


def check(facts: Facts, options: Options) -> Finding:
    """A list cut short by GitHub is a lower bound: too much already fails, anything else is not known."""
    counted = [file for file in facts.files if _counts(file, facts, options)]
    if binary := [file for file in counted if file.uncountable]:
        return _uncountable(facts, binary)
    lines = sum(file.lines for file in counted)
    more = "at least " if "files" in facts.missing else ""
    over = []
    if lines > options.max_lines:
        over.append(f"{more}{_many(lines, 'changed line')}, {options.max_lines} are allowed")
    if len(counted) > options.max_files:
        over.append(f"{more}{_many(len(counted), 'changed file')}, {options.max_files} are allowed")
    if over:
        return _too_big("; ".join(over), counted, facts, options)
    if why := facts.missing.get("files"):
        return Finding(status=Status.UNKNOWN, message=why)
    without = len(facts.files) - len(counted)
    ignored = f", without {_many(without, 'test, generated or ignored file')}" if without else ""
    return passed(f"{_many(lines, 'changed line')} in {_many(len(counted), 'file')}{ignored}")


def _counts(file: File, facts: Facts, options: Options) -> bool:
    if file.generated or file.vendored or is_test(file.path) or is_lockfile(file.path):
        return False
    return not matches((facts.spec_path, *options.ignore), file.path)


def _uncountable(facts: Facts, files: list[File]) -> Finding:
    """A NUL byte, say in a comment, would else hide every line of a file."""
    said = [f"{file.path} is binary to git, so its lines can't be counted" for file in files]
    more = f"; and {_many(len(said) - _SHOWN, 'more file')}" if len(said) > _SHOWN else ""
    paths = [file.path for file in files[:_SHOWN]]
    return Finding(
        status=Status.FAILED,
        message="; ".join(said[:_SHOWN]) + more,
        remediation="remove the NUL bytes (save it as UTF-8); for a file that is no text, add it to rules.size.ignore",
        commands=(
            f"perl -pi.orig -e 's/\\0//g' -- {shlex.join(paths)}",
            f"git add -- {pathspecs(paths)}",
            "git commit --amend --no-edit",
            *rebase.push(facts),
        ),
        actors=("the author",),
        locations=tuple(
            Location(file.path, message="binary to git: its lines can't be counted") for file in files[:_SHOWN]
        ),
        details=tuple(said),
    )


def _too_big(why: str, counted: list[File], facts: Facts, options: Options) -> Finding:
    biggest = sorted(counted, key=lambda file: (-file.lines, file.path))[:_SHOWN]
    details = [f"{file.path}: +{file.additions} -{file.deletions}" for file in biggest]
    if len(counted) > len(biggest):
        details.append(f"... and {_many(len(counted) - len(biggest), 'smaller file')}")
    commands: tuple[str, ...] = ()
    if facts.production and facts.branches.tag_is_ancestor:
        commands = (f"git diff --stat {shlex.quote(facts.production.revision)}...",)
    return Finding(
        status=Status.FAILED,
        message=why,
        remediation="leave out of the branch what the fix does not need, and bring it with the next release",
        commands=commands,
        actors=("the author",),
        locations=tuple(
            Location(file.path, message=f"{_many(file.lines, 'changed line')} of {options.max_lines} allowed in all")
            for file in biggest
        ),
        details=tuple(details),
    )


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


RULE = Rule(
    id="size",
    summary="passes when the changed lines and files are within limits; tests, lockfiles, the spec, and what "
    "the production tag's .gitattributes calls generated or vendored do not count",
    options=Options,
    check=check,
)
