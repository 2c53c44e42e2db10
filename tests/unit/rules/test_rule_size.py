"""The size rule: which lines are included, and the limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfix.facts import Change, File, FileKind
from hotfix.finding import Finding, Status
from hotfix.rules.size import SizeOptions, check
from hotfix.text.file_kinds import is_text
from tests.unit.factories import a_facts, a_file


def evaluated(*files: File, missing: dict[str, str] | None = None, **options: Any) -> Finding:
    return check(a_facts(files=files, missing=missing or {}), SizeOptions(**options))


def test_exactly_at_the_limits_passes() -> None:
    files = [a_file(f"src/{n}.py", additions=5, deletions=5) for n in range(10)]

    assert evaluated(*files).status is Status.PASSED
    assert evaluated(*files).message == "100 changed lines in 10 files"


def test_one_line_more_fails_and_names_the_biggest_files() -> None:
    finding = evaluated(a_file("a.py", additions=1, deletions=0), a_file("b.py", additions=60, deletions=40))

    assert finding.status is Status.FAILED
    assert finding.message == "101 changed lines, 100 are allowed"
    assert finding.details == ("b.py: +60 -40", "a.py: +1 -0")
    assert [place.path for place in finding.locations] == ["b.py", "a.py"]
    assert finding.commands == ("git diff --stat v1.2.3...HEAD",)
    assert finding.remediation.startswith("take out of the branch what the fix does not need")
    assert finding.remediation.endswith("a tech lead can override: `/hotfix override size REASON`")


def test_one_file_more_fails() -> None:
    finding = evaluated(*[a_file(f"src/{n}.py") for n in range(11)])

    assert finding.message == "11 changed files, 10 are allowed"
    assert finding.details[-1] == "... and 6 smaller files"


@pytest.mark.parametrize(
    "file",
    [
        a_file("tests/test_a.py"),
        a_file("tests/fixtures/api-spec.yaml"),
        a_file("src/LoginTest.java"),
        a_file("shop/tests.py"),
        a_file("package-lock.json"),
        a_file("made.py", generated=True),
        a_file("theirs.py", vendored=True),
        a_file("docs/a.md"),
    ],
    ids=lambda file: file.path,
)
def test_what_is_not_counted_is_shown(file: File) -> None:
    finding = evaluated(replace(file, additions=900), ignore=["docs/"])

    assert finding.status is Status.PASSED
    assert finding.message.startswith("0 changed lines in 0 files; not counted: 901 lines in 1 ")
    [detail] = finding.details
    assert detail.startswith(f"{file.path}: +900 -1 (not counted: ")


def test_what_is_not_counted_has_a_limit_of_its_own() -> None:
    """Otherwise code in a file named like a test would never be too large."""
    names = ("src/tests/engine.py", "src/engine_test.py", "src/test.py")
    files = [a_file(path, additions=3_000, deletions=0) for path in names]

    finding = evaluated(*files, a_file())

    assert finding.status is Status.FAILED
    assert finding.message == "9,000 changed lines in tests and other files that are not counted, 1,000 are allowed"
    assert finding.details[:3] == tuple(f"{path}: +3000 -0" for path in sorted(names))
    assert evaluated(*files, max_uncounted_lines=9_000).status is Status.PASSED
    assert evaluated(a_file("a.py", additions=2_000, generated=True)).status is Status.FAILED


def test_a_lockfile_that_is_read_has_no_limit() -> None:
    assert evaluated(a_file("package-lock.json", additions=20_000)).status is Status.PASSED
    assert evaluated(a_file("unheard-of.lock", additions=20_000)).status is Status.FAILED


@pytest.mark.parametrize(
    "path",
    [
        "src/latest.py",
        "src/contest.py",
        "spec/openapi.yaml",
        "openapi-spec.yaml",
        "src/ApiSpec.json",
        "src/Inspector.cs",
        "package.json",
        "vendor/evil.py",
        "src/a.min.js",
        "api/a_pb2.py",
    ],
)
def test_what_counts_although_it_looks_alike(path: str) -> None:
    assert evaluated(a_file(path, additions=500)).status is Status.FAILED


def test_a_text_file_that_is_binary_to_git_fails() -> None:
    hidden = a_file("src/cart.py", additions=0, deletions=0, patch=None, binary=True)

    finding = evaluated(hidden, a_file())

    assert finding.status is Status.FAILED
    assert finding.message == "src/cart.py is binary to git, so its lines can't be counted"
    assert "remove the NUL bytes" in finding.remediation
    assert [place.path for place in finding.locations] == ["src/cart.py"]
    assert evaluated(hidden, ignore=["src/cart.py"]).status is Status.PASSED


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (a_file("lib/core.jar", binary=True), "binary"),
        (a_file("gradlew", binary=True), "binary"),
        (a_file("bin/rails", binary=True), "binary"),
        (a_file("locale/de.mo", binary=True), "binary"),
        (a_file("src/tests/engine.py", binary=True), "binary to git"),
        (a_file("config", kind=FileKind.LINK), "a symbolic link"),
        (a_file("deploy.sh", mode_changed=True), "made executable"),
    ],
    ids=lambda value: value.path if isinstance(value, File) else "",
)
def test_unreviewable_changes_fail(file: File, why: str) -> None:
    finding = evaluated(replace(file, additions=0, deletions=0, patch=None), a_file())

    assert finding.status is Status.FAILED
    assert finding.message.startswith(f"{file.path} is {why}")
    assert finding.commands
    assert "a tech lead" in finding.actors


@pytest.mark.parametrize(
    "file",
    [
        a_file("a.png", binary=True),
        a_file("fonts/a.woff2", binary=True),
        a_file("tests/fixtures/a.zip", binary=True),
        a_file("tests/fixtures/link", kind=FileKind.LINK),
        a_file("lib/core.jar", binary=True, change=Change.REMOVED),
        a_file("tests/run.sh", mode_changed=True),
    ],
    ids=lambda file: file.path,
)
def test_media_and_the_data_of_tests_pass(file: File) -> None:
    assert evaluated(replace(file, additions=0, deletions=0, patch=None), a_file()).status is Status.PASSED


def test_lines_that_git_takes_for_one_are_counted() -> None:
    """In some languages a carriage return ends a line, and reviewers don't read a line of 100,000 characters."""
    hidden = "@@ -1 +1 @@\n-a = 1\n+a = 1" + "\rb = 2" * 200
    assert evaluated(a_file(additions=1, deletions=1, patch=hidden)).message == "202 changed lines, 100 are allowed"
    packed = "@@ -1 +1 @@\n-a\n+" + "a" * 150_000
    assert evaluated(a_file(additions=1, deletions=1, patch=packed)).message == "152 changed lines, 100 are allowed"
    windows = "@@ -1 +1 @@\n-a\r\n+b\r"
    assert evaluated(a_file(additions=1, deletions=1, patch=windows)).message == "2 changed lines in 1 file"


LFS = "@@ -1,3 +1,3 @@\n version https://git-lfs.github.com/spec/v1\n-oid sha256:a\n-size 1\n+oid sha256:b\n+size 2\n"


@pytest.mark.parametrize("patch", [LFS, "@@ -1 +1 @@\n-/annex/objects/MD5-a\n+/annex/objects/MD5-b\n"])
def test_a_pointer_to_content_elsewhere_fails(patch: str) -> None:
    """Git LFS and git-annex store the content outside git, so the pull request doesn't show it."""
    finding = evaluated(a_file("data/model.dat", additions=2, deletions=2, patch=patch))

    assert finding.status is Status.FAILED
    assert finding.message.startswith("data/model.dat is a pointer to content that is stored elsewhere")
    for path in ("img/a.psd", "tests/fixtures/a.dat"):
        assert evaluated(a_file(path, additions=2, deletions=2, patch=patch)).status is Status.PASSED


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\U000e0041", "\ufe01" * 9, "\u200b\u200c\u200d\u2060"])
def test_a_line_that_hides_what_it_says_fails(hidden: str) -> None:
    """The reviewer sees different text than the compiler, or none."""
    patch = f"@@ -1 +1 @@\n-a = 1\n+a = 1  # {hidden} b"
    finding = evaluated(a_file("src/a.py", additions=1, deletions=1, patch=patch))

    assert finding.status is Status.FAILED
    assert finding.message == "src/a.py is written with characters that hide or reorder what a reader sees of it"
    for path in ("locale/ar.po", "config/locales/ar.yml", "app/src/main/res/values-ar/strings.xml"):
        assert evaluated(a_file(path, additions=1, deletions=1, patch=patch)).status is Status.PASSED
    gone = a_file("src/a.py", additions=0, deletions=1, patch=f"@@ -1 +0,0 @@\n-a{hidden}\n")
    assert evaluated(gone).status is Status.PASSED


@pytest.mark.parametrize(
    "text",
    [
        "\u2764\ufe0f",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u05e9\u05dc\u05d5\u05dd",
        "e\u0301",
    ],
)
def test_signs_and_scripts_of_people_hide_nothing(text: str) -> None:
    patch = f"@@ -1 +1 @@\n-a = 1\n+a = '{text}'"
    assert evaluated(a_file("src/a.py", additions=1, deletions=1, patch=patch)).status is Status.PASSED


def test_a_text_about_pointers_is_none() -> None:
    patch = "@@ -1 +1 @@\n-a\n+see version https://git-lfs.github.com/spec/v1\n"
    assert evaluated(a_file("src/lfs.py", additions=1, deletions=1, patch=patch)).status is Status.PASSED


def test_a_change_that_is_not_shown_fails() -> None:
    finding = evaluated(a_file("src/app.js", additions=1, deletions=1, patch=None))
    assert finding.message == "src/app.js is too large for GitHub to show what changed in it"
    assert evaluated(a_file("package-lock.json", additions=9_000, patch=None)).status is Status.PASSED


def test_an_empty_hotfix_fails() -> None:
    for files in ((), (a_file(change=Change.UNCHANGED),)):
        finding = evaluated(*files)
        assert finding.status is Status.FAILED
        assert finding.message == "no file is changed, so there is nothing to ship"


def test_an_image_counts_as_a_file_only() -> None:
    assert evaluated(a_file("a.png", additions=0, deletions=0, patch=None)).message == "0 changed lines in 1 file"


@pytest.mark.parametrize(
    "path", ["src/cart.py", "a.JS", "Makefile", "a.csv", "go.mod", "x/Dockerfile", "a.html", "a.R"]
)
def test_names_that_say_text(path: str) -> None:
    assert is_text(path)


@pytest.mark.parametrize("path", ["a.png", "lib/a.jar", "a.pdf", "locale/de.mo", "a.woff2", "a.bin", "data", "a.zip"])
def test_names_that_do_not_say_text(path: str) -> None:
    assert not is_text(path)


def test_a_list_cut_short_fails_if_it_is_too_much_already() -> None:
    finding = evaluated(a_file(additions=101), missing={"files": "GitHub lists at most 3,000 files."})

    assert finding.status is Status.FAILED
    assert finding.message.startswith("at least 102 changed lines")


def test_a_list_cut_short_is_never_a_pass() -> None:
    finding = evaluated(a_file(), missing={"files": "GitHub lists at most 3,000 files."})

    assert (finding.status, finding.message) == (Status.UNKNOWN, "GitHub lists at most 3,000 files.")


def test_limits_are_the_policys() -> None:
    assert evaluated(a_file(additions=500), max_lines=600).status is Status.PASSED
    assert evaluated(a_file("a.py"), a_file("b.py"), max_files=1).status is Status.FAILED


def test_a_spec_alone_ships_nothing() -> None:
    spec = a_file("specs/hotfix-expired.md", change=Change.ADDED, additions=9, deletions=0)
    finding = evaluated(spec)
    assert finding.status is Status.FAILED
    assert finding.message == "only the spec is changed, so there is nothing to ship"
    passed = evaluated(spec, a_file())
    assert passed.status is Status.PASSED
    assert passed.details == ("specs/hotfix-expired.md: +9 -0 (not counted: spec)",)
