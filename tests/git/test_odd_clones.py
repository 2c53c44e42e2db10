"""A clone in any unusual state gives one sentence and the command that helps, never a traceback."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hotfix import git
from hotfix.finding import Status
from hotfix.git import GitError
from hotfix.policy import Policy
from tests.git.clone import NOW, Clone


def refused(path: Path, **options: str) -> GitError:
    with pytest.raises(GitError) as caught:
        git.read(path, policy=Policy(), now=NOW, **options)
    assert "\n" not in caught.value.sentence
    return caught.value


def shallow(source: Clone, path: Path, *options: str) -> Clone:
    subprocess.run(["git", "clone", "-q", *options, source.path.as_uri(), str(path)], check=True, capture_output=True)
    return Clone(path)


def test_no_repository(tmp_path: Path) -> None:
    assert refused(tmp_path).sentence == f"{tmp_path} is not in a git repository; go to your clone first"


def test_no_such_directory(tmp_path: Path) -> None:
    assert "there is no directory" in refused(tmp_path / "nowhere").sentence


def test_a_bare_repository(clone: Clone, tmp_path: Path) -> None:
    bare = shallow(clone, tmp_path / "bare.git", "--bare")

    assert "bare repository" in refused(bare.path).sentence


def test_a_git_directory(clone: Clone) -> None:
    assert "a .git directory" in refused(clone.path / ".git").sentence


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    assert refused(Clone.init(tmp_path).path).sentence == "there is no commit yet to check"


def test_a_clone_without_tags_says_how_to_fetch_them(clone: Clone, tmp_path: Path) -> None:
    copy = shallow(clone, tmp_path / "copy", "--no-tags")

    error = refused(copy.path)

    assert error.sentence == "this clone has no tags: what runs in production is not known"
    assert error.command == "git fetch --tags"
    copy.paste([error.command])
    assert copy.facts().production


def test_a_repository_that_never_released(clone: Clone) -> None:
    clone.git("tag", "-d", "v1.2.3")

    assert "tag the commit that runs in production" in refused(clone.path).sentence


def test_tags_that_are_not_versions(clone: Clone) -> None:
    clone.git("tag", "-d", "v1.2.3")
    clone.git("tag", "latest")

    assert "no tag that reads as a version matches *" in refused(clone.path).sentence


def test_a_tag_that_is_not_there(clone: Clone) -> None:
    error = refused(clone.path, tag="v9.9.9")

    assert (error.sentence, error.command) == ("there is no tag v9.9.9 in this clone", "git fetch --tags")


@pytest.mark.parametrize("names", ["HEAD^{tree}", "HEAD:README.md"])
def test_a_tag_of_a_tree_or_file_is_not_a_release(clone: Clone, names: str) -> None:
    clone.commit("Add a page", {"README.md": "# Shop\n"})
    clone.git("tag", "v9.0.0", names)
    clone.git("tag", "-a", "-m", "x", "v9.0.1", names)

    found = clone.facts().production
    assert found is not None
    assert found.tag == "v1.2.3"
    assert refused(clone.path, tag="v9.0.0").sentence == "there is no tag v9.0.0 in this clone"


def test_a_base_that_is_not_there(clone: Clone) -> None:
    error = refused(clone.path, base="release/9")

    assert (error.sentence, error.command) == (
        "there is no branch release/9 in this clone",
        "git branch --list",
    )


@pytest.mark.parametrize("remote", ["origin", "upstream"])
def test_a_clone_of_one_branch_gets_the_base_that_it_lacks(clone: Clone, tmp_path: Path, remote: str) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    path = tmp_path / "copy"
    options = ("--single-branch", "--branch", "hotfix/expired-sessions", "--origin", remote)
    clone.git("clone", "-q", *options, clone.path.as_uri(), str(path))
    copy = Clone(path)
    copy.git("fetch", "-q", "--tags")

    error = refused(path, base="main")
    assert error.command == f"git fetch {remote} main:refs/remotes/{remote}/main"
    copy.paste([error.command])

    assert copy.branch_finding(base="main").status is Status.PASSED
    policy = Policy.model_validate({"branches": {"back_merge": ["main", "hotfix/*", "release/*"]}})
    finding = copy.branch_finding(policy=policy)
    assert finding.status is Status.UNKNOWN
    clone.git("branch", "release/1", "main")
    copy.paste(re.findall("with: (.*);", finding.message))
    assert copy.branch_finding(policy=policy).status is Status.PASSED


def test_a_shallow_clone_that_hides_the_tag(clone: Clone, tmp_path: Path) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    copy = shallow(clone, tmp_path / "copy", "--depth=1")

    error = refused(copy.path)

    assert error.command == "git fetch --unshallow --tags"
    copy.paste([error.command])
    finding = copy.branch_finding()
    assert finding.status is Status.UNKNOWN
    copy.paste(re.findall("with: (.*);", finding.message))
    assert copy.branch_finding().status is Status.PASSED


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_shallow_clone_never_contradicts_a_whole_one(clone: Clone, tmp_path: Path, depth: int) -> None:
    """It gives the same answer, or none."""
    clone.git("checkout", "-q", "main")
    clone.commit("unreleased 1", {"u1.py": "1\n"})
    clone.git("checkout", "-q", "-b", "hotfix/from-main")
    clone.git("checkout", "-q", "main")
    clone.commit("unreleased 2", {"u2.py": "1\n"})
    clone.git("checkout", "-q", "hotfix/from-main")
    clone.commit("hotfix: one", {"one.py": "1\n"})
    clone.commit("hotfix: two", {"two.py": "1\n"})
    whole = clone.facts()
    copy = shallow(clone, tmp_path / "copy", f"--depth={depth}", "--no-single-branch")
    copy.git("fetch", "-q", "--depth=1", "origin", "tag", "v1.2.3")

    if depth < 3:
        assert refused(copy.path).command == "git fetch --unshallow --tags"
        return
    assert copy.facts().commits == whole.commits
    assert copy.facts().branches.long_lived == whole.branches.long_lived


def test_a_detached_head_has_the_name_of_its_branch(clone: Clone) -> None:
    """The name is that of the branch that points to the same commit."""
    clone.commit("hotfix: one", {"one.py": "1\n"})
    clone.git("branch", "another")
    clone.git("checkout", "-q", "--detach")

    assert clone.facts().branches.head == "hotfix/expired-sessions"
    assert clone.branch_finding().status is Status.PASSED


def test_the_caller_can_name_a_detached_head(clone: Clone) -> None:
    """This is useful if no branch points to the commit."""
    clone.git("checkout", "-q", "--detach")
    clone.commit("hotfix: one", {"one.py": "1\n"})

    finding = clone.branch_finding()

    assert finding.status is Status.UNKNOWN
    assert finding.commands == ("git switch --create hotfix/fix",)
    assert clone.branch_finding(head="hotfix/one").status is Status.PASSED


def test_a_missing_object(clone: Clone) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    blob = clone.git("rev-parse", "HEAD:one.py")
    (clone.path / ".git/objects" / blob[:2] / blob[2:]).unlink()

    error = refused(clone.path)

    assert "missing or broken objects" in error.sentence
    assert error.command == "git fsck"


@pytest.mark.parametrize("what", ["HEAD", "HEAD^{tree}", "HEAD:one.py", "v1.2.3"])
def test_a_damaged_object(clone: Clone, what: str) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    sha = clone.git("rev-parse", what)
    damaged = clone.path / ".git/objects" / sha[:2] / sha[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"garbage")

    assert refused(clone.path).command == "git fsck"


def test_a_repository_of_someone_else(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    error = refused(clone.path)

    assert "belongs to another user" in error.sentence
    assert error.command == f"git config --global --add safe.directory {clone.path}"


def test_a_machine_without_git(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert refused(clone.path).sentence == "git is not installed, or not on the PATH"


def test_without_a_default_branch_nothing_passes(clone: Clone) -> None:
    clone.git("branch", "-m", "main", "unusual")

    assert clone.branch_finding().status is Status.UNKNOWN
    assert clone.branch_finding(base="unusual").status is Status.PASSED


def test_no_history_in_common_with_the_tag(clone: Clone) -> None:
    clone.git("checkout", "-q", "--orphan", "hotfix/orphan")
    clone.git("rm", "-q", "-rf", ".")
    clone.commit("hotfix: alone", {"alone.py": "1\n"})

    finding = clone.branch_finding()

    assert finding.status is Status.FAILED
    assert "no history in common" in finding.message
    clone.paste(finding.commands)
    assert clone.branch_finding().status is Status.PASSED
    assert clone.subjects("v1.2.3..HEAD") == ["hotfix: alone"]
