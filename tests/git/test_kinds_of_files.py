"""Binaries, symbolic links, submodules and mode changes are recognised as such."""

from __future__ import annotations

from hotfix.facts import Change, FileKind
from hotfix.finding import Status
from hotfix.rules import dependencies, size
from tests.git.clone import Clone

HIDDEN = b"# \0\n" + b"x = 1\n" * 500


def test_text_with_a_nul_byte_is_binary(clone: Clone) -> None:
    clone.git("checkout", "-q", "main")
    odd: dict[str, str | bytes | None] = {
        "old.py": HIDDEN,
        "fixed.py": HIDDEN,
        "gone.py": HIDDEN,
        "run.py": HIDDEN,
        "mode.py": "x = 1\n",
    }
    clone.commit("Release", odd)
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/odd")
    clone.git("mv", "old.py", "new.py")
    for name in ("run.py", "mode.py"):
        (clone.path / name).chmod(0o755)
    hidden: dict[str, str | bytes | None] = {"src/session.py": HIDDEN, "src/new.py": HIDDEN, "a.png": HIDDEN}
    clone.commit("hotfix: odd", {**hidden, "fixed.py": "x = 1\n", "gone.py": None, "empty.py": ""})

    facts = clone.facts()

    assert {f.path for f in facts.files if f.binary and f.change is not Change.REMOVED} == {
        "src/session.py",
        "src/new.py",
        "fixed.py",
    }
    assert {f.path for f in facts.files if f.mode_changed} == {"run.py", "mode.py"}
    finding = size.check(facts, size.SizeOptions())
    assert finding.status is Status.FAILED
    assert "src/session.py is binary to git" in finding.message


def test_links_and_submodules_are_not_files(clone: Clone) -> None:
    (clone.path / "link").symlink_to("src")
    (clone.path / "was-a-file").write_text("a\n")
    clone.commit("Release", {})
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/links")
    (clone.path / "link").unlink()
    (clone.path / "link").symlink_to("/etc")
    (clone.path / "was-a-file").unlink()
    (clone.path / "was-a-file").symlink_to("/etc/passwd")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},libs/foo")
    clone.git("add", "link", "was-a-file")
    clone.git("commit", "-q", "-m", "hotfix: links")

    found = {file.path: file for file in clone.facts().files}

    assert found["link"].kind is FileKind.LINK
    assert found["was-a-file"].kind is FileKind.LINK
    assert found["libs/foo"].kind is FileKind.SUBMODULE
    assert dependencies.check(clone.facts(), dependencies.DependenciesOptions()).status is Status.FAILED
    assert size.check(clone.facts(), size.SizeOptions()).status is Status.FAILED
