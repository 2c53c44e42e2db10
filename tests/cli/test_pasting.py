"""Every command that `hotfix check` prints is pasted in real clones in unusual states; no work is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from hotfix.remedies import rebase
from tests.cli.conftest import Clone
from tests.unit.factories import BODY, MESSAGE

SPEC = "specs/hotfix-expired.md"
LONG = "".join(f"line_{n} = {n}\n" for n in range(40))
FIXED = LONG + "valid = True  # the committed fix\n"
EDITED = FIXED + "# an edit that is not committed\n"
ODD_NAMES = ["a b.py", "it's.py", '"quoted".py', "-rf.py", "größe.py", "[id].py", ":top.py", "star*.py"]


def commands(clone: Clone, *rules: str) -> list[str]:
    """Return the commands that `check` prints, in the order of the rules."""
    findings = clone.hotfix("check", "--format", "json").json["findings"]
    return [line for f in findings if not rules or f["rule"] in rules for line in f["commands"]]


def paste(clone: Clone, lines: Sequence[str], *, strict: bool = True) -> None:
    for line in lines:
        ended = clone.run("bash", "-c", f"EDITOR=true; {line}", status=None)
        assert not strict or ended.status == 0, f"{line}\n{ended.out}{ended.err}"


def statuses(clone: Clone) -> dict[str, str]:
    return {f["rule"]: f["status"] for f in clone.hotfix("check", "--format", "json").json["findings"]}


def everything(clone: Clone) -> str:
    """Return all text that is still recoverable: the files of the work tree, the branches and the stash."""
    files = [path for path in clone.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    texts = [path.read_text("utf-8", "replace") for path in files]
    revisions = [*clone.git("for-each-ref", "--format=%(refname)", "refs/heads").split(), "HEAD"]
    for stash in clone.git("stash", "list", "--format=%H").split():
        revisions += [stash, *clone.git("rev-parse", f"{stash}^@").split()]
    for revision in revisions:
        texts += [
            clone.run("git", "cat-file", "blob", line.split()[2]).out
            for line in clone.git("ls-tree", "-r", revision).splitlines()
            if line.split()[1] == "blob"
        ]
    return "\n".join(texts)


def release(clone: Clone, files: dict[str, str]) -> None:
    """Release version 1.3.0 with these files, add commits to main, and start a hotfix branch with its spec."""
    clone.git("switch", "-q", "main")
    clone.commit("Release 1.3.0", files)
    clone.git("tag", "v1.3.0")
    clone.commit("Continue", {"src/unreleased.py": "x = 1\n"})
    clone.git("push", "-q", "origin", "main:trunk", "v1.3.0")
    clone.git("switch", "-q", "-c", "hotfix/expired", "v1.3.0")
    clone.write(SPEC, BODY)


@pytest.fixture
def fixed(clone: Clone) -> Clone:
    """Return a clone on a hotfix branch that passes."""
    release(clone, {"src/session.py": LONG})
    clone.commit(MESSAGE, {"src/session.py": FIXED, "tests/test_session.py": "assert True\n"})
    return clone


@pytest.mark.parametrize("state", ["clean", "unstaged", "staged"])
def test_a_move_is_undone_and_the_fix_stays(fixed: Clone, state: str) -> None:
    fixed.git("mv", "src/session.py", "src/moved.py")
    fixed.git("commit", "-q", "--amend", "--no-edit")
    assert statuses(fixed)["scope"] == "failed"
    if state != "clean":
        fixed.write("src/moved.py", EDITED)
    if state == "staged":
        fixed.git("add", "-A")
    before = (fixed.path / "src/moved.py").read_text()
    paste(fixed, commands(fixed, "scope"))
    assert statuses(fixed)["scope"] == "passed"
    assert (fixed.path / "src/session.py").read_text() == before
    assert fixed.git("show", "HEAD:src/session.py").startswith(FIXED.strip())
    assert not (fixed.path / "src/moved.py").exists()


def test_a_move_out_of_a_folder_that_is_gone_is_undone(fixed: Clone) -> None:
    """The commands create the folder again."""
    fixed.git("mv", "src/session.py", "moved.py")
    fixed.git("commit", "-q", "--amend", "--no-edit")
    paste(fixed, commands(fixed, "scope"))
    assert (fixed.path / "src/session.py").read_text() == FIXED
    assert statuses(fixed)["scope"] == "passed"


def test_a_move_in_progress_is_not_lost(fixed: Clone) -> None:
    """The branch moved the file once, and the developer is about to move it again."""
    fixed.git("mv", "src/session.py", "src/moved.py")
    fixed.git("commit", "-q", "--amend", "--no-edit")
    fixed.git("mv", "src/moved.py", "src/again.py")
    fixed.write("src/again.py", EDITED)
    paste(fixed, commands(fixed, "scope"), strict=False)
    assert EDITED in everything(fixed)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_taken_literally(clone: Clone, name: str) -> None:
    """A file named `[id].py` must not be used as a glob, which would also restore `i.py`."""
    release(clone, {name: LONG, "i.py": "i = 1\n", "star1.py": "s = 1\n"})
    clone.git("mv", "--", name, f"moved {name}")
    kept = {"i.py": "i = 2\n", "star1.py": "s = 2\n"}
    clone.commit(MESSAGE, {**kept, f"k8s/{name}": "committed: true\n"})
    clone.write(f"moved {name}", LONG + "edited = True\n")
    clone.write(f"k8s/{name}", "edited: true\n")
    paste(clone, commands(clone, "scope"))
    assert (clone.path / name).read_text() == LONG + "edited = True\n"
    assert {path: (clone.path / path).read_text() for path in kept} == kept
    assert not (clone.path / "k8s" / name).exists()
    assert "edited: true\n" in everything(clone)
    assert statuses(clone)["scope"] == "passed"


@pytest.mark.parametrize("change", ["added", "modified", "removed", "renamed"])
@pytest.mark.parametrize("state", ["clean", "unstaged", "staged", "untracked"])
def test_a_file_that_is_taken_out_stays_in_the_stash(clone: Clone, change: str, state: str) -> None:
    release(clone, {"requirements.txt": "flask==1.0\nsix==1.0\nattrs==1.0\n"})
    path = "requirements.txt"
    if change == "added":
        path = "requirements-dev.txt"
    elif change == "removed":
        clone.git("rm", "-q", path)
    elif change == "renamed":
        clone.git("mv", path, "requirements-dev.txt")
        path = "requirements-dev.txt"
    committed = "flask==2.0\nsix==1.0\nattrs==1.0\n"
    clone.commit(MESSAGE, {} if change == "removed" else {path: committed})
    edited = "flask==3.0\nsix==1.0\nattrs==1.0\n"
    if state != "clean":
        clone.write(path, edited)
    if state == "staged":
        clone.git("add", "-A")
    clone.write("notes.txt", "mine\n")
    paste(clone, commands(clone, "dependencies"))
    assert statuses(clone)["dependencies"] == "passed"
    assert (clone.path / "requirements.txt").read_text() == "flask==1.0\nsix==1.0\nattrs==1.0\n"
    assert (clone.path / "notes.txt").read_text() == "mine\n"
    if change != "removed":
        assert (committed if state == "clean" else edited) in everything(clone)
    elif state != "clean":
        assert edited in everything(clone)


@pytest.mark.parametrize("place", ["last", "between"])
def test_a_commit_left_empty_is_dropped_by_what_is_printed(fixed: Clone, place: str) -> None:
    """git refuses to amend such a commit, so a corrected message alone would lead nowhere."""
    fixed.commit("update express", {"package.json": '{"dependencies": {"express": "5.0.0"}}\n'})
    paste(fixed, commands(fixed, "dependencies"))
    if place == "between":
        fixed.commit(MESSAGE, {"src/session.py": EDITED})
    fixed.write("src/session.py", EDITED + "# more\n")
    fixed.git("add", "src/session.py")
    paste(fixed, commands(fixed, "commits"))
    assert statuses(fixed)["commits"] == "passed"
    assert "update express" not in fixed.git("log", "--format=%s")
    assert (fixed.path / "src/session.py").read_text() == EDITED + "# more\n"
    assert "5.0.0" in everything(fixed)


def test_an_empty_commit_can_be_reworded(fixed: Clone) -> None:
    """The check run prints this command, as the service doesn't read the commit's content."""
    fixed.git("commit", "-q", "--allow-empty", "-m", "wip")
    paste(fixed, [rebase.REWORD])
    assert fixed.git("log", "-1", "--format=%s") == "wip"


def messy(clone: Clone) -> Clone:
    """Return a clone with many problems: unreleased work, a move, a dependency, CI, layout and a missing message."""
    release(clone, {"src/session.py": LONG, "requirements.txt": "flask==1.0\n"})
    clone.git("merge", "-q", "--no-edit", "origin/trunk")
    clone.commit("wip", {"src/session.py": FIXED, "requirements.txt": "flask==2.0\n", ".github/ci.yml": "on: push\n"})
    clone.git("mv", "src/session.py", "src/moved.py")
    clone.commit("more wip", {"tests/test_session.py": "assert True\n"})
    return clone


def test_all_fixes_work_from_top_to_bottom(clone: Clone) -> None:
    messy(clone)
    paste(clone, commands(clone))
    found = statuses(clone)
    assert [found[rule] for rule in ("branch", "dependencies", "scope")] == ["passed"] * 3
    assert FIXED in everything(clone)
    assert "on: push\n" in everything(clone)
    assert (clone.path / "src/session.py").read_text() == FIXED


STATES = ["dirty", "detached", "worktree", "shallow", "submodule", "crlf", "renaming", "merging"]


def odd(clone: Clone, state: str, tmp_path: Path) -> Clone:
    """Return a clone with all these problems, in an unusual state and with uncommitted edits."""
    messy(clone)
    work = clone
    if state == "dirty":
        clone.write("src/moved.py", EDITED)
        clone.write(".github/ci.yml", "on: pull_request\n")
    elif state == "detached":
        clone.git("switch", "-q", "--detach")
        clone.write("src/moved.py", EDITED)
    elif state == "worktree":
        clone.git("switch", "-q", "main")
        clone.git("worktree", "add", "-q", str(tmp_path / "linked"), "hotfix/expired")
        work = Clone(tmp_path / "linked", clone.environment, clone.remote)
        work.write("src/moved.py", EDITED)
    elif state == "shallow":
        clone.git("push", "-q", "origin", "hotfix/expired")
        url = f"file://{clone.remote}"
        clone.git("clone", "-q", "--depth", "4", "--no-single-branch", "-b", "hotfix/expired", url, str(tmp_path / "s"))
        work = Clone(tmp_path / "s", clone.environment, clone.remote)
        work.write("src/moved.py", EDITED)
    elif state == "submodule":
        other = Clone(tmp_path / "other", clone.environment)
        clone.git("init", "-q", str(other.path))
        other.commit("one", {"lib.py": "lib = 1\n"})
        clone.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "vendor/lib")
        clone.git("commit", "-q", "-m", "vendor it")
        clone.write("vendor/lib/lib.py", "lib = 'edited'\n")
    elif state == "crlf":
        clone.git("config", "core.autocrlf", "true")
        (clone.path / "src/moved.py").write_bytes(EDITED.replace("\n", "\r\n").encode())
    elif state == "merging":
        clone.write("src/moved.py", EDITED)
        clone.git("commit", "-q", "-am", "mine")
        clone.git("switch", "-q", "-c", "theirs", "HEAD~1")
        clone.write("src/moved.py", FIXED + "# theirs\n")
        clone.git("commit", "-q", "-am", "theirs")
        clone.git("switch", "-q", "hotfix/expired")
        clone.run("git", "merge", "-q", "theirs", status=1)
    elif state == "renaming":
        clone.git("mv", "tests/test_session.py", "tests/test_sessions.py")
        clone.write("src/moved.py", EDITED)
    return work


@pytest.mark.parametrize("how", ["pasted", "check --fix"])
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_lost_in_an_odd_state(clone: Clone, state: str, how: str, tmp_path: Path) -> None:
    """The commands are pasted line by line, or applied by `check --fix`, which may also refuse to start."""
    work = odd(clone, state, tmp_path)
    heads = work.git("for-each-ref", "--format=%(refname)", "refs/heads").split()
    if how == "pasted":
        paste(work, commands(work), strict=False)
    else:
        work.hotfix("check", "--fix", "--yes")
    left = everything(work)
    assert "the committed fix" in left
    assert "flask==2.0" in left
    if state == "dirty":
        assert "on: pull_request" in left
    elif state == "submodule":
        assert (work.path / "vendor/lib/lib.py").read_text() == "lib = 'edited'\n"
    assert "# an edit that is not committed" in left or state == "submodule" or state == "shallow"
    assert set(heads) <= set(work.git("for-each-ref", "--format=%(refname)", "refs/heads").split())
