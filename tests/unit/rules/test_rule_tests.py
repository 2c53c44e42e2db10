"""The tests rule: a test with the source change, and passing checks."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.facts import Change, Check, CheckState, File
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level
from hotfix.rules.tests import ChangedTestsOptions, check
from tests.unit.factories import a_facts, a_file, a_pull


def evaluated(*checks: Check, **changes: Any) -> Finding:
    return check(a_facts(**{"pull": a_pull(checks=checks), **changes}), ChangedTestsOptions())


def a_check(state: CheckState, *, required: bool = True, name: str = "build") -> Check:
    return Check(name=name, state=state, required=required)


def test_it_warns_by_default() -> None:
    assert ChangedTestsOptions().level is Level.WARN


def test_a_test_that_changed_with_the_source_passes() -> None:
    assert evaluated(a_check(CheckState.PASSED)).message == (
        "a test changed with the source; the required check passed: build"
    )


def test_source_without_a_test_fails() -> None:
    finding = evaluated(files=(a_file(), a_file("src/b.py")))

    assert (finding.status, finding.message) == (
        Status.FAILED,
        "src/session.py and 1 other file changed without a test",
    )


def test_a_removed_test_does_not_count() -> None:
    files = (a_file(), a_file("tests/test_session.py", change=Change.REMOVED))

    assert evaluated(files=files).status is Status.FAILED


@pytest.mark.parametrize(
    "file",
    [
        a_file("tests/test_session.py", additions=0, deletions=9),
        a_file("tests/test_session.py", additions=0, deletions=0, mode_changed=True),
        a_file("tests/test_session.py", additions=0, deletions=0, change=Change.RENAMED, previous_path="tests/a.py"),
        a_file("tests/README.md"),
        a_file(".github/workflows/test.yml"),
        a_file("docker-compose.test.yml"),
    ],
    ids=lambda file: file.path,
)
def test_what_checks_no_more_than_before_is_no_test(file: File) -> None:
    """A test that only lost lines, was moved, or changed its mode; documentation; pipelines named like tests."""
    assert evaluated(files=(a_file(), file)).status is Status.FAILED


def test_a_changed_fixture_is_a_test() -> None:
    for path in ("tests/fixtures/expected.md", "tests/fixtures/session.bin"):
        file = a_file(path, additions=0, deletions=1, binary=True) if path.endswith("bin") else a_file(path)
        assert evaluated(files=(a_file(), file)).status is Status.PASSED


@pytest.mark.parametrize("path", ["README.md", "uv.lock", "logo.png", "VERSION", "CHANGELOG"])
def test_prose_lockfiles_and_pictures_need_no_test(path: str) -> None:
    assert evaluated(files=(a_file(path),)).status is Status.PASSED


@pytest.mark.parametrize("path", ["src/ChangelogService.java", "src/readme.py", "src/notice.ts", "license.go"])
def test_code_named_like_prose_needs_a_test(path: str) -> None:
    assert evaluated(files=(a_file(path),)).status is Status.FAILED


def test_a_required_check_that_failed_fails() -> None:
    finding = evaluated(a_check(CheckState.FAILED), a_check(CheckState.FAILED, required=False, name="lint"))

    assert (finding.status, finding.message) == (Status.FAILED, "the required check failed: build")
    assert finding.commands == ("gh pr checks 42 --repo acme/shop",)


def test_a_check_that_is_not_required_does_not_count() -> None:
    assert evaluated(a_check(CheckState.FAILED, required=False)).status is Status.PASSED


def test_checks_that_still_run_are_not_known_yet() -> None:
    finding = evaluated(a_check(CheckState.RUNNING), a_check(CheckState.RUNNING, name="lint"))

    assert (finding.status, finding.message) == (Status.UNKNOWN, "2 required checks still run: build, lint")


def test_a_required_check_that_never_reported_does_not_pass() -> None:
    finding = evaluated(a_check(CheckState.EXPECTED), a_check(CheckState.PASSED, name="lint"))

    assert (finding.status, finding.message) == (
        Status.UNKNOWN,
        "the required check has not reported on this commit: build",
    )
    assert evaluated(a_check(CheckState.EXPECTED), a_check(CheckState.FAILED, name="lint")).status is Status.FAILED


def test_a_cut_list_without_a_test_does_not_pass() -> None:
    """GitHub truncates its list of files."""
    missing = {"files": "GitHub lists at most 3,000 files."}

    assert evaluated(files=(a_file(),), missing=missing).status is Status.UNKNOWN
    assert evaluated(missing=missing).status is Status.PASSED


def test_in_a_local_clone_the_checks_are_left_to_github() -> None:
    assert evaluated(pull=None).message == "a test changed with the source; the required checks run on GitHub"
