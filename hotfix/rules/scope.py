"""The `scope` rule: a hotfix moves no files and changes no CI or infrastructure, unless the spec names them."""

from __future__ import annotations

import re

from pydantic import Field

from hotfix import spec as specs
from hotfix.facts import Change, Facts, File
from hotfix.finding import Finding, Location, failed, passed, unknown
from hotfix.remedies import rebase, restore_files
from hotfix.rules.base import Rule, RuleOptions, capped, few, unknown_without
from hotfix.text.globs import Patterns, matches
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

_SHOWN = 10
"""Maximum number of files listed in a finding."""
_INFRASTRUCTURE = "CI or infrastructure"
_MOVE = lazy_pattern(r"\b(?:renam(?:e[ds]?|ing)|mov(?:e[ds]?|ing))\b", re.IGNORECASE)

INFRASTRUCTURE_BY_PURPOSE = {
    "continuous integration": words(
        ".github/ .gitlab/ .gitlab-ci.yml .gitlab-ci/ .circleci/ .buildkite/ .azure-pipelines/ azure-pipelines*.yml",
        "bitbucket-pipelines.yml cloudbuild*.yaml buildspec*.yml appveyor.yml .travis.yml .drone.yml",
        ".pre-commit-config.yaml .ci/ Jenkinsfile*",
    ),
    "container images": words(
        "Dockerfile* *.dockerfile Containerfile* docker-compose*.y*ml compose.y*ml compose.*.y*ml .dockerignore"
    ),
    "infrastructure as code": words("*.tf *.tfvars *.tofu .terraform.lock.hcl terragrunt.hcl terraform/"),
    "Kubernetes": words(
        "k8s/ kubernetes/ kustomization.y*ml helm/ /charts/ **/charts/**/*.yaml **/charts/**/*.yml",
        "**/charts/**/*.tpl Chart.yaml helmfile*.y*ml skaffold.yaml",
    ),
    "provisioning": words("ansible/ Pulumi*.yaml cdk.json"),
    "hosting": words("serverless.y*ml Procfile fly.toml vercel.json netlify.toml render.yaml nginx*.conf"),
}
INFRASTRUCTURE = tuple(glob for globs in INFRASTRUCTURE_BY_PURPOSE.values() for glob in globs)


class ScopeOptions(RuleOptions):
    """Options of the `scope` rule."""

    infrastructure: Patterns = Field(
        INFRASTRUCTURE, description="Globs of CI and infrastructure files, which only a spec that names them may change"
    )


def check(facts: Facts, options: ScopeOptions) -> Finding:
    """Fail for moved files, CI and infrastructure that the spec does not name. The spec is read only if needed."""
    suspects = {file.path: why for file in facts.files if (why := _out_of_scope(file, options))}
    if suspects:
        named = specs.find(facts)
        if named is None and specs.spec_files(facts):
            return unknown("The spec could not be read, so it is unknown whether it names " + few(list(suspects)))
        if named is not None:
            unnamed = _unnamed(named, facts)
            suspects = {path: why for path, why in suspects.items() if path in unnamed}
    if suspects:
        return _failed(suspects, facts)
    return unknown_without(facts, "files") or passed(
        "Nothing is moved, and no CI or infrastructure file changes, except for what the spec names"
    )


def _out_of_scope(file: File, options: ScopeOptions) -> str:
    """Return why this change is out of scope for a hotfix; empty if it isn't."""
    if file.change is Change.UNCHANGED:
        return ""
    if file.change is Change.RENAMED:
        return f"moved from {file.previous_path}" if file.previous_path else "moved"
    return _INFRASTRUCTURE if matches(options.infrastructure, file.path, ignore_case=True) else ""


def _unnamed(found: specs.FoundSpec, facts: Facts) -> set[str]:
    """Return the changed files whose full path the spec does not name.

    A move is named by the new path, or by the old path with a remark such as "moved"; without it, `src/old.py` names
    a modification.
    """
    named = specs.exactly(found.spec.files) | {found.source}
    leaving = specs.exactly(entry for entry in found.spec.files if _MOVE.search(entry.remark))
    return {f.path for f in facts.files if f.path not in named and (f.previous_path or "") not in leaving}


def _failed(suspects: dict[str, str], facts: Facts) -> Finding:
    files = [file for file in facts.files if file.path in suspects]
    moved = [file.path for file in files if file.change is Change.RENAMED]
    infrastructure = [file.path for file in files if file.change is not Change.RENAMED]
    one = len(suspects) == 1
    # Nothing is restored if there are too many files, or if the branch was cut from elsewhere.
    restorable = facts.branches.tag_is_ancestor and len(suspects) <= _SHOWN
    fix = restore_files.keeping_edits(facts, files) if restorable else ()
    details, more = capped([f"{path}: {why}" for path, why in suspects.items()], _SHOWN)
    return failed(
        "; ".join(filter(None, (_said(moved, "moved"), _said(infrastructure, _INFRASTRUCTURE))))
        + f", and the spec does not name {'it' if one else 'them'}",
        f"Restore {'it' if one else 'them'}, or name {'its' if one else 'each'} whole path under Files to "
        "Change in the spec and say why the fix needs it",
        commands=rebase.published(facts, fix),
        fix=fix,
        restores=frozenset(infrastructure) if fix and not moved else frozenset(),
        locations=tuple(Location(path, message=f"{why}: not named in the spec") for path, why in suspects.items()),
        details=details,
        more_details=more,
    )


def _said(paths: list[str], what: str) -> str:
    return f"{few(paths)} {'is' if len(paths) == 1 else 'are'} {what}" if paths else ""


RULE = Rule(
    id="scope",
    summary="passes when nothing is renamed or moved and no CI or infrastructure file changes, "
    "unless the spec names them",
    options=ScopeOptions,
    check=check,
)
