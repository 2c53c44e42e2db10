"""The scope rule: moves, CI and infrastructure, and what the spec allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfix.facts import Change, File
from hotfix.finding import Finding, Status
from hotfix.rules.scope import ScopeOptions, check
from tests.unit.factories import BODY, a_facts, a_file, a_pull


def evaluated(*files: File, body: str = BODY, options: dict[str, Any] | None = None, **changes: Any) -> Finding:
    return check(a_facts(files=files, pull=a_pull(body=body), **changes), ScopeOptions(**(options or {})))


def naming(*paths: str) -> str:
    lines = "".join(f"- {path} - needed\n" for path in paths)
    return BODY.replace("## Files to Change\n", f"## Files to Change\n{lines}")


MOVED = a_file("src/new.py", change=Change.RENAMED, previous_path="src/old.py")


def test_source_that_changes_where_it_is_passes() -> None:
    assert evaluated(a_file()).status is Status.PASSED
    assert evaluated(a_file("src/components/charts/Bar.tsx")).status is Status.PASSED


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/hotfix.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        "Dockerfile",
        "docker/Dockerfile.prod",
        "infra/main.tf",
        "deploy/k8s/app.yaml",
        "charts/shop/values.yaml",
        "services/api/charts/templates/deployment.yaml",
        ".circleci/config.yml",
    ],
)
def test_ci_and_infrastructure_stay_as_they_are(path: str) -> None:
    finding = evaluated(a_file(path))

    assert finding.status is Status.FAILED
    assert [place.path for place in finding.locations] == [path]
    assert evaluated(a_file(path), body=naming(path)).status is Status.PASSED


def test_a_move_fails_with_the_commands_that_take_it_back() -> None:
    finding = evaluated(MOVED, a_file(".github/workflows/new.yml", change=Change.ADDED))

    assert finding.status is Status.FAILED
    assert finding.details == ("src/new.py: moved from src/old.py", ".github/workflows/new.yml: CI or infrastructure")
    assert finding.commands[:4] == (
        "git mv -- src/new.py src/old.py",
        "git reset v1.2.3 -- .github/workflows/new.yml",
        "git commit --amend --no-edit --allow-empty",
        "git stash --include-untracked --message 'taken out of the hotfix' -- .github/workflows/new.yml",
    )


@pytest.mark.parametrize(
    "entry", ["src/new.py", "src/old.py -> src/new.py", "src/old.py - moved to src/new.py", "src/old.py (renamed)"]
)
def test_a_move_that_the_spec_names_passes(entry: str) -> None:
    assert evaluated(MOVED, body=naming(entry)).status is Status.PASSED


@pytest.mark.parametrize("entry", ["ci.yml", "workflows/ci.yml", ".github/", ".github/workflows/*.yml", ".github/**"])
def test_only_the_whole_path_names_infrastructure(entry: str) -> None:
    assert evaluated(a_file(".github/workflows/ci.yml"), body=naming(entry)).status is Status.FAILED


def test_to_name_a_file_is_not_to_name_its_move() -> None:
    assert evaluated(MOVED, body=naming("src/old.py - guard")).status is Status.FAILED


def test_a_spec_of_the_branch_that_was_not_read_leaves_it_open() -> None:
    spec = a_file("specs/hotfix-a.md", change=Change.ADDED, patch=None)

    assert evaluated(MOVED, spec).status is Status.UNKNOWN
    assert (
        evaluated(MOVED, replace(spec, after="# HOTFIX: a\n\n## Files to Change\n- src/new.py - a\n")).status
        is Status.PASSED
    )


def test_a_list_cut_short_is_never_a_pass() -> None:
    missing = {"files": "GitHub lists at most 3,000 files."}

    assert evaluated(a_file(), missing=missing).status is Status.UNKNOWN
    assert evaluated(MOVED, missing=missing).status is Status.FAILED


def test_which_files_are_infrastructure_is_the_policys() -> None:
    options = {"infrastructure": ["deploy/"]}

    assert evaluated(a_file("Dockerfile"), options=options).status is Status.PASSED
    assert evaluated(a_file("deploy/run.sh"), options=options).status is Status.FAILED


def test_names_of_files_are_quoted_in_commands() -> None:
    finding = evaluated(a_file("k8s/a b;c.yaml"))

    assert "git reset v1.2.3 -- 'k8s/a b;c.yaml'" in finding.commands


@pytest.mark.parametrize("path", ["=x.yml", "~x.yml", "$x.yml", "*x.yml"])
def test_commands_hold_no_word_that_a_shell_expands(path: str) -> None:
    """zsh expands `=x` to the path of a command."""
    moved = a_file(path, change=Change.RENAMED, previous_path=f"{path}.old")
    finding = check(a_facts(files=(moved, a_file(path))), ScopeOptions(infrastructure=("*.yml",)))
    assert finding.status is Status.FAILED
    assert not [line for line in finding.commands if f" {path}" in line]
