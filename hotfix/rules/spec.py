"""The `spec` rule: the minimal spec exists, is filled in, and names the files that changed."""

from __future__ import annotations

import shlex

from pydantic import Field

from hotfix import spec
from hotfix.facts import Change, Facts, File
from hotfix.finding import Finding, Location, failed, passed, unknown
from hotfix.remedies import pull_commands, rebase, restore_files
from hotfix.rules.base import Rule, RuleOptions, few
from hotfix.spec import FoundSpec, SpecProblem
from hotfix.spec.named_files import NamedFilesComparison
from hotfix.text.escaping import listed
from hotfix.text.globs import Pattern
from hotfix.text.markdown import LONGEST


class SpecOptions(RuleOptions):
    """Options of the `spec` rule."""

    path: Pattern = Field(
        "specs/hotfix-*.md",
        description="Glob of the file that holds the spec; without one, the pull request's body is the spec",
    )


def check(facts: Facts, options: SpecOptions) -> Finding:
    """Fail with all problems, ordered by line."""
    files = spec.spec_files(facts, options.path)
    name = spec.file_name(facts.branches.head, options.path)
    if len(files) > 1:
        return _several(facts, files, name)
    found = spec.find(facts, options.path)
    if found is None:
        if files:
            return unknown(f"The spec {files[0].path} could not be read")
        return failed(
            f"No file {options.path} is committed on this branch",
            f"Write the spec into {name} and commit it",
            suggestion=spec.template(files=[f.path for f in facts.files]),
        )
    if not found.source and not found.spec.sections:
        return failed(
            "There is no spec: neither a file on the branch nor the pull request's body",
            f"Write the spec into {name} or into the pull request's body",
            commands=_commands(facts, FoundSpec("", found.spec)),
            suggestion=spec.template(severity=found.spec.severity, files=[f.path for f in facts.files]),
        )
    if found.spec.too_long:
        return failed(
            f"{found.where} has {found.spec.length:,} characters, more than {LONGEST:,}",
            "Keep the spec to the minimum that the template asks for",
        )
    problems = list(spec.check(found.spec, is_file=bool(found.source)))
    compared = spec.compare(found.spec, facts.files, found.source)
    partial = facts.missing.get("files")
    problems += _file_problems(found, compared, partial is None)
    if problems:
        return _failed(facts, found, sorted(problems, key=lambda p: p.line), compared)
    if partial:
        return unknown(f"The spec is complete, but not every changed file could be read: {partial}")
    complete = f"{found.where} is complete and names the files that changed"
    if (older := spec.older_version(found.spec, facts.production)) and facts.production:
        complete += f"; its rollback plan names {older}, which would also undo {facts.production.tag}, the version in "
        complete += "production"
    return passed(complete)


def _file_problems(found: FoundSpec, compared: NamedFilesComparison, all_known: bool) -> list[SpecProblem]:
    section = found.spec.sections.get("Files to Change")
    if section is None or not section.filled:
        return []
    line = section.line
    problems = [SpecProblem(section.name, f"{path} changed, but is not named", line) for path in compared.unnamed]
    if all_known:
        problems += [
            SpecProblem(section.name, f"{n.path} is named, but did not change", n.line) for n in compared.unchanged
        ]
    return problems + [
        SpecProblem(section.name, f"{n.path} is a glob or a directory: name each file that changes", n.line)
        for n in compared.too_wide
    ]


def _failed(facts: Facts, found: FoundSpec, problems: list[SpecProblem], compared: NamedFilesComparison) -> Finding:
    said = few([problem.message for problem in problems], "; ")
    lines = f"{found.source}:" if found.source else "line "
    return failed(
        f"In {found.where}, {said}",
        f"Complete {found.where}",
        commands=_commands(facts, found),
        locations=tuple(Location(found.source, p.line, p.message) for p in problems) if found.source else (),
        details=tuple(f"{lines}{p.line} {p.message}" if p.line else p.message for p in problems),
        suggestion=_suggestion(found, problems, compared),
    )


def _suggestion(found: FoundSpec, problems: list[SpecProblem], compared: NamedFilesComparison) -> str:
    """Return the missing and empty sections from the template, and the corrected list of files."""
    files = "Files to Change"
    parts = []
    for name in dict.fromkeys(p.section for p in problems):
        section = found.spec.sections.get(name)
        if name == files:
            parts.append(spec.files_section(found.spec, compared))
        elif not (section and section.filled) and name != "title":
            parts.append(spec.section_text(name, found.spec.severity))
        elif name == "title" and not found.spec.title:
            parts.append(spec.section_text(name))
    return "\n".join(parts)


def _commands(facts: Facts, found: FoundSpec) -> tuple[str, ...]:
    if found.source:
        return (
            f"${{EDITOR:-vi}} {shlex.quote(found.source)}",
            f"git add -- {restore_files.pathspecs([found.source])}",
            restore_files.AMEND,
            *rebase.push(facts),
        )
    if facts.pull:
        return (pull_commands.pull_command(facts, "edit"),)
    return ()


def _several(facts: Facts, files: tuple[File, ...], own: str) -> Finding:
    """Report several specs. The one to keep is named after the branch or is new; older ones are other hotfixes'."""
    kept = min(files, key=lambda file: (file.path != own, file.change is not Change.ADDED)).path
    paths = [file.path for file in files]
    others = [file for file in files if file.path != kept][:5]
    fix = restore_files.commands(facts, others)
    return failed(
        f"{len(paths)} specs are on this branch: {listed(paths)}",
        f"Keep the one spec of this hotfix, which seems to be {kept}, and restore the others as they are in production",
        commands=rebase.published(facts, fix),
        fix=fix,
        locations=tuple(Location(path, 0, "one of several specs on this branch") for path in paths),
    )


RULE = Rule(
    id="spec",
    summary="passes when the spec has every section, filled in, no placeholder left, and the files it names are "
    "those that changed",
    options=SpecOptions,
    check=check,
)
