"""The `dependencies` rule."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from hotfix.facts import Change, DependencyChange, Facts, File
from hotfix.finding import Finding, Status
from hotfix.remedies import rebase
from hotfix.rules.dependencies import RULE, DependenciesOptions
from tests.unit.factories import a_facts, a_file

BEFORE = '{\n  "scripts": {"test": "a"},\n  "dependencies": {\n    "left-pad": "^1.0.0"\n  }\n}\n'
AFTER = BEFORE.replace("^1.0.0", "^1.3.0")


def evaluate(*files: File, options: DependenciesOptions | None = None, **facts: Any) -> Finding:
    return RULE.evaluate(a_facts(files=files, **facts), options or DependenciesOptions())


def a_manifest(path: str = "package.json", before: str | None = BEFORE, after: str | None = AFTER, **more: Any) -> File:
    return a_file(path, before=before, after=after, **more)


def review(change: str, version: str, *vulnerabilities: str, **more: str) -> DependencyChange:
    values = {"manifest": "package-lock.json", "ecosystem": "npm", "name": "left-pad"} | more
    return DependencyChange(change=change, version=version, vulnerabilities=vulnerabilities, **values)


def test_a_sound_hotfix_passes() -> None:
    assert RULE.evaluate(a_facts(), DependenciesOptions()).status is Status.PASSED


def test_a_changed_dependency_fails_with_line_and_commands() -> None:
    finding = evaluate(a_file(), a_manifest())
    assert finding.status is Status.FAILED
    assert finding.details == ("package.json:4 left-pad ^1.0.0 -> ^1.3.0",)
    assert [(p.path, p.line) for p in finding.locations] == [("package.json", 4)]
    assert finding.commands[0] == "git reset v1.2.3 -- package.json"
    assert finding.commands[1].startswith("git commit --amend --no-edit")
    assert "a tech lead" in finding.actors
    assert "/hotfix override dependencies" in finding.remediation


def test_a_changed_test_script_is_not_a_dependency() -> None:
    assert evaluate(a_manifest(after=BEFORE.replace('"a"', '"b"'))).status is Status.PASSED


def test_a_reformatted_manifest_changes_nothing() -> None:
    assert evaluate(a_manifest(after=BEFORE.replace("\n", "").replace("  ", ""))).status is Status.PASSED


def test_a_manifest_and_its_lockfile_are_reported_together() -> None:
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/left-pad": {"version": "1.0.0"}}}'
    finding = evaluate(a_manifest(), a_manifest("package-lock.json", lock, lock.replace("1.0.0", "1.3.0")))
    assert len(finding.details) == 2
    assert finding.commands[0] == "git reset v1.2.3 -- package.json package-lock.json"


def test_an_added_manifest_adds_all_that_it_names() -> None:
    finding = evaluate(a_manifest(before=None, change=Change.ADDED))
    assert finding.details == ("package.json:4 left-pad ^1.3.0 added",)
    assert finding.commands[0] == "git reset v1.2.3 -- package.json"


def test_a_removed_manifest_removes_all_it_named() -> None:
    finding = evaluate(a_manifest(after=None, change=Change.REMOVED))
    assert finding.details == ("package.json left-pad ^1.0.0 removed",)
    assert finding.commands[0] == "git reset v1.2.3 -- package.json"


def test_a_moved_manifest_is_compared_with_what_it_was() -> None:
    moved = {"change": Change.RENAMED, "previous_path": "package.json"}
    assert evaluate(a_manifest("web/package.json", after=BEFORE, **moved)).status is Status.PASSED
    finding = evaluate(a_manifest("web/package.json", **moved))
    assert finding.details == ("web/package.json:4 left-pad ^1.0.0 -> ^1.3.0",)
    assert finding.commands[0] == "git reset v1.2.3 -- web/package.json package.json"


@pytest.mark.parametrize("path", ["package.json.bak", "examples/x/package.json"])
def test_a_manifest_renamed_away_loses_its_dependencies(path: str) -> None:
    finding = evaluate(a_manifest(path, after=None, change=Change.RENAMED, previous_path="package.json"))
    assert finding.details == (f"{path} left-pad ^1.0.0 removed",)


def test_attributes_excuse_no_manifest() -> None:
    """Anyone may have marked a folder as vendored or generated, for example to clean up the language statistics."""
    assert evaluate(a_manifest(vendored=True, generated=True)).status is Status.FAILED


@pytest.mark.parametrize(
    ("before", "after"), [(None, AFTER), (BEFORE, None), (None, None), (BEFORE, "{"), ("{", AFTER)]
)
def test_a_text_that_cannot_be_read_counts_as_changed(before: str | None, after: str | None) -> None:
    finding = evaluate(a_manifest(before=before, after=after))
    assert finding.status is Status.FAILED
    assert "package.json" in finding.message
    assert "can't be read" in finding.message
    assert "a tech lead" in finding.actors


def test_a_submodule_that_moves_fails() -> None:
    patch = f"@@ -1 +1 @@\n-Subproject commit {'a' * 40}\n+Subproject commit {'b' * 40}"
    finding = evaluate(a_file("libs/foo", patch=patch))
    assert finding.status is Status.FAILED
    assert finding.details == ("libs/foo submodule libs/foo aaaaaaaaaaaa -> bbbbbbbbbbbb",)


def test_files_that_are_not_known_never_pass() -> None:
    finding = evaluate(a_file(), missing={"files": "GitHub lists 3,000 files at most"})
    assert finding.status is Status.UNKNOWN
    assert "3,000" in finding.message


def test_a_change_that_removes_a_known_vulnerability_passes() -> None:
    entries = (review("removed", "1.0.2", "GHSA-1"), review("added", "1.3.1"))
    finding = evaluate(a_manifest(), dependency_review=entries)
    assert finding.status is Status.PASSED
    assert finding.details == ("package.json:4 left-pad ^1.0.0 -> ^1.3.0",)
    off = DependenciesOptions(allow_security_fixes=False)
    assert evaluate(a_manifest(), dependency_review=entries, options=off).status is Status.FAILED


@pytest.mark.parametrize(
    "entries",
    [
        (review("removed", "1.0.2"), review("added", "1.3.1")),
        (review("removed", "1.0.2", "GHSA-1"), review("added", "1.3.1", "GHSA-2")),
        (review("removed", "1.0.2", "GHSA-1"),),
        (review("removed", "1.0.2", "GHSA-1", name="other"), review("added", "1.3.1", name="other")),
        (review("removed", "1.0.2", "GHSA-1", ecosystem="pip"), review("added", "1.3.1", ecosystem="pip")),
        (review("removed", "1", "GHSA-1", manifest="x/package.json"), review("added", "2", manifest="x/package.json")),
    ],
)
def test_a_change_that_removes_no_vulnerability_fails(entries: tuple[DependencyChange, ...]) -> None:
    assert evaluate(a_manifest(), dependency_review=entries).status is Status.FAILED


def test_a_security_fix_excuses_nothing_else() -> None:
    entries = (review("removed", "1.0.2", "GHSA-1"), review("added", "1.3.1"))
    elsewhere = BEFORE.replace("^1.0.0", "git+https://example.com/evil.git")
    assert evaluate(a_manifest(after=elsewhere), dependency_review=entries).status is Status.FAILED
    more = AFTER.replace('"left-pad"', '"other": "1", "left-pad"')
    finding = evaluate(a_manifest(after=more), dependency_review=entries)
    assert finding.status is Status.FAILED
    assert finding.details == (
        "package.json:4 other 1 added",
        "package.json:4 left-pad ^1.0.0 -> ^1.3.0 (allowed: removes a known vulnerability)",
    )


def test_the_review_counts_for_manifests_not_known_here() -> None:
    entries = (
        review("removed", "1.0", manifest="deps.manifest", ecosystem="x", name="http"),
        review("added", "2.0", manifest="deps.manifest", ecosystem="x", name="http"),
        review("added", "9", manifest="untouched.manifest", ecosystem="x", name="x"),
        review("added", "9", manifest="examples/deps.manifest", ecosystem="x", name="x"),
    )
    finding = evaluate(a_file("deps.manifest"), a_file("examples/deps.manifest"), dependency_review=entries)
    assert finding.details == ("deps.manifest http 1.0 -> 2.0",)


def test_the_review_excuses_no_file_compared_line_by_line() -> None:
    entries = (
        review("removed", "1.0", "GHSA-1", manifest="mix.lock", ecosystem="hex", name="http"),
        review("added", "2.0", manifest="mix.lock", ecosystem="hex", name="http"),
    )
    finding = evaluate(a_manifest("mix.lock", "http 1.0\nother a\n", "http 2.0\nother b\n"), dependency_review=entries)
    assert finding.status is Status.FAILED, "nobody has looked at what else changed in it"


def test_a_security_fix_from_another_host_fails() -> None:
    lock = '{{"packages":{{"node_modules/left-pad":{{"version":"{}","resolved":"https://{}/a.tgz"}}}}}}'
    before, after = lock.format("1.0.2", "registry.example"), lock.format("1.3.1", "evil.example")
    entries = (review("removed", "1.0.2", "GHSA-1"), review("added", "1.3.1"))
    assert evaluate(a_manifest("package-lock.json", before, after), dependency_review=entries).status is Status.FAILED
    same_host = after.replace("evil.example", "registry.example")
    found = evaluate(a_manifest("package-lock.json", before, same_host), dependency_review=entries)
    assert found.status is Status.PASSED


def test_thousands_of_changes_are_counted_not_listed() -> None:
    lock = "".join(f"m{n} v1 h1:a=\n" for n in range(5_000))
    finding = evaluate(a_manifest("go.sum", lock, lock.replace("h1:a", "h1:b")))
    assert finding.message == "go.sum changes what is installed: 5,000 changes"
    assert len(finding.details) < 200
    assert len(finding.locations) < 200


def test_tokens_in_addresses_are_never_shown() -> None:
    after = BEFORE.replace("^1.0.0", "git+https://bot:s3cret@example.com/left-pad.git")
    assert "s3cret" not in str(evaluate(a_manifest(after=after)))


def test_no_production_means_no_command() -> None:
    finding = evaluate(a_manifest(), production=None)
    assert finding.status is Status.FAILED
    assert finding.commands == ()


def test_the_commands_fix_it_in_real_git(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        run = subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return run.stdout

    git("init", "-q", "-b", "main")
    git("config", "user.name", "dev")
    git("config", "user.email", "dev@example.com")
    (tmp_path / "package.json").write_text(BEFORE)
    git("add", ".")
    git("commit", "-qm", "release")
    git("tag", "v1.2.3")
    (tmp_path / "package.json").write_text(AFTER)
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\n")
    git("add", ".")
    git("commit", "-qm", "hotfix: only this")
    finding = evaluate(
        a_manifest(), a_manifest("Dockerfile", before=None, after="FROM alpine:3\n", change=Change.ADDED)
    )
    for command in finding.commands:
        if not rebase.is_push(command):
            subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)
    assert git("diff", "v1.2.3", "HEAD") == ""
    assert git("log", "-1", "--format=%s") == "hotfix: only this\n"
    assert git("status", "--porcelain") == ""


def test_the_rule_raises_nothing_on_odd_facts() -> None:
    odd = a_file("requirements.txt", before="\ud800", after="\x00")
    facts: Facts = a_facts(files=(odd, a_file("", before="", after="x")))
    assert RULE.evaluate(facts, DependenciesOptions()).status is Status.FAILED
