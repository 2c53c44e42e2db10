"""The facts of a clone equal those that GitHub would give for the same commits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hotfix import git
from hotfix.evaluate import evaluate
from hotfix.facts import Change, Facts, File
from hotfix.finding import Status
from hotfix.policy import Policy
from hotfix.remedies import rebase
from hotfix.rules import commits
from tests.git.clone import PLAIN_GIT, Clone


def by_path(facts: Facts) -> dict[str, File]:
    return {file.path: file for file in facts.files}


def test_a_branch_cut_from_the_production_tag(clone: Clone) -> None:
    clone.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    sha = clone.commit("hotfix: reject expired sessions", {"src/session.py": "def valid():\n    return False\n"})

    facts = clone.facts(base="main")

    assert facts.repo == "acme/shop"
    assert facts.head_sha == sha
    assert facts.production is not None
    assert (facts.production.tag, facts.production.sha) == ("v1.2.3", clone.git("rev-parse", "v1.2.3^{commit}"))
    assert facts.branches.head == "hotfix/expired-sessions"
    assert (facts.branches.base, facts.branches.allowed_bases) == ("main", ("main",))
    assert facts.branches.tag_is_ancestor
    assert [commit.subject for commit in facts.commits] == ["hotfix: reject expired sessions"]
    assert facts.commits[0].author.email == "dev@example.com"
    assert facts.files == (
        File(
            path="src/session.py",
            change=Change.MODIFIED,
            additions=1,
            deletions=1,
            patch="@@ -1,2 +1,2 @@\n def valid():\n-    return True\n+    return False",
        ),
    )
    assert not facts.missing


def test_files_are_compared_from_where_the_branch_left_the_tag(clone: Clone) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    clone.git("checkout", "-q", "main")
    clone.commit("Release 1.3.0", {"two.py": "2\n"})
    clone.git("tag", "v1.3.0")
    clone.git("checkout", "-q", "hotfix/expired-sessions")

    facts = clone.facts()

    assert [file.path for file in facts.files] == ["one.py"]
    assert facts.branches.tag_is_ancestor is False
    assert facts.branches.merge_base == clone.git("rev-parse", "v1.2.3^{commit}")


def test_a_shipped_hotfix_compares_with_the_release_before(clone: Clone) -> None:
    """This applies until it is merged."""
    clone.commit("hotfix: one", {"one.py": "1\n"})
    clone.git("tag", "v1.2.4-hotfix.1")

    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.production.shipped_as) == ("v1.2.3", "v1.2.4-hotfix.1")
    assert [commit.subject for commit in facts.commits] == ["hotfix: one"]

    clone.git("checkout", "-q", "-b", "hotfix/on-top")
    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.commits) == ("v1.2.4-hotfix.1", ())
    clone.commit("hotfix: two", {"two.py": "2\n"})
    clone.git("tag", "-a", "v1.2.4-hotfix.2", "-m", "Hotfix")
    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.production.shipped_as) == ("v1.2.4-hotfix.1", "v1.2.4-hotfix.2")
    clone.git("checkout", "-q", "hotfix/expired-sessions")
    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.production.shipped_as) == ("v1.2.3", "v1.2.4-hotfix.2")

    clone.git("branch", "-f", "main", "hotfix/on-top")
    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.production.shipped_as) == ("v1.2.4-hotfix.2", "")


def test_a_branch_just_cut_from_production_is_empty(clone: Clone) -> None:
    clone.git("tag", "v1.2.2", clone.git("commit-tree", "-m", "Release 1.2.2", "HEAD^{tree}"))
    facts = clone.facts()
    assert facts.production is not None
    assert (facts.production.tag, facts.commits) == ("v1.2.3", ())


def test_every_kind_of_change_has_githubs_name(clone: Clone) -> None:
    clone.git("checkout", "-q", "main")
    (clone.path / "link").symlink_to("README.md")
    clone.commit("More", {"gone.txt": "x\n", "old.txt": "a\nb\nc\nd\ne\n", "image.png": b"\0\1", "run.sh": "#!\n"})
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/kinds")
    clone.git("mv", "old.txt", "new.txt")
    (clone.path / "link").unlink()
    (clone.path / "run.sh").chmod(0o755)
    changes: dict[str, str | bytes | None] = {"gone.txt": None, "image.png": b"\0\2", "link": "text\n", "empty": ""}
    clone.commit("hotfix: kinds", changes)

    files = by_path(clone.facts())

    assert {path: file.change.value for path, file in files.items()} == {
        "empty": "added",
        "gone.txt": "removed",
        "image.png": "modified",
        "link": "changed",
        "new.txt": "renamed",
        "run.sh": "modified",
    }
    assert files["new.txt"].previous_path == "old.txt"
    assert (files["image.png"].lines, files["image.png"].patch) == (0, None)
    assert files["gone.txt"].patch == "@@ -1 +0,0 @@\n-x"
    assert files["link"].lines == 2


def test_the_users_configuration_changes_nothing(clone: Clone) -> None:
    clone.commit(
        "hotfix: move",
        {"src/session.py": None, "src/sessions.py": "def valid():\n    return True\n", "a é\n.py": "\n\n"},
    )
    plain = clone.facts()

    marker = clone.path / "was-run"
    for name, value in {
        "diff.noprefix": "true",
        "diff.renames": "false",
        "diff.external": f"touch {marker}",
        "diff.context": "9",
        "diff.algorithm": "patience",
        "diff.suppressBlankEmpty": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "core.quotePath": "true",
        "core.fsmonitor": f"touch {marker}",
        "log.showSignature": "true",
        "log.date": "relative",
        "core.abbrev": "4",
        "i18n.logOutputEncoding": "latin1",
    }.items():
        clone.git("config", name, value)

    assert clone.facts() == plain
    assert by_path(plain)["src/sessions.py"].change is Change.RENAMED
    assert by_path(plain)["a é\n.py"].patch == "@@ -0,0 +1,2 @@\n+\n+"
    assert not marker.exists()


def test_manifests_lockfiles_and_the_spec_are_read_whole(clone: Clone) -> None:
    clone.git("checkout", "-q", "main")
    clone.commit("Release", {"requirements.txt": "flask==3.0\n", "sub/package.json": "{}\n"})
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/deps")
    spec = "# HOTFIX: deps\n"
    clone.commit(
        "hotfix: deps",
        {"requirements.txt": "flask==3.1\n", "sub/package.json": None, "specs/hotfix-deps.md": spec, "x.py": ""},
    )

    files = by_path(clone.facts())

    assert (files["requirements.txt"].before, files["requirements.txt"].after) == ("flask==3.0\n", "flask==3.1\n")
    assert (files["sub/package.json"].before, files["sub/package.json"].after) == ("{}\n", None)
    assert files["specs/hotfix-deps.md"].after == spec
    assert files["x.py"].after is None


def test_a_lower_release_that_came_later_is_a_doubt(clone: Clone) -> None:
    clone.commit("a", {"a": "1"})
    clone.git("tag", "v11.0.0")
    clone.commit("b", {"a": "2"})
    clone.git("tag", "-a", "-m", "x", "v1.10.1")
    with pytest.raises(git.GitError, match=r"v1\.10\.1 came after v11\.0\.0"):
        clone.facts()


def test_a_tag_may_be_of_any_year(clone: Clone) -> None:
    env = {**os.environ, **PLAIN_GIT, "GIT_COMMITTER_DATE": "@300000000000 +0000"}
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=clone.path, env=env, check=True)
    clone.git("tag", "v9.0.0")
    clone.git("switch", "-q", "-c", "hotfix/of-any-year")
    clone.commit("b", {"a": "2"})
    production = clone.facts().production
    assert production is not None
    assert production.tag == "v9.0.0"


def test_the_tags_gitattributes_count_and_not_the_heads(clone: Clone) -> None:
    clone.git("checkout", "-q", "main")
    root = "api/** linguist-generated\nlib/*.js linguist-vendored=true\n"
    clone.commit("Release", {".gitattributes": root, "api/.gitattributes": "by_hand.py -linguist-generated\n"})
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/attributes")
    changes = dict.fromkeys(("api/client.py", "api/by_hand.py", "lib/a.js", "lib/deep/a.js", "src/a.py"), "x\n")
    clone.commit("hotfix: more", {**changes, ".gitattributes": "src/** linguist-generated\n"})

    files = clone.facts().files

    assert {file.path for file in files if file.generated} == {"api/client.py"}
    assert {file.path for file in files if file.vendored} == {"lib/a.js"}


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "in the work tree"])
@pytest.mark.parametrize("hides", ["-diff", "binary", "-text -diff", "diff=none"])
def test_no_attribute_hides_lines(clone: Clone, hides: str, committed: bool) -> None:
    lines = "".join(f"x = {n}\n" for n in range(500))
    attributes = f"src/* {hides}\n*.png diff\n"
    files: dict[str, str | bytes | None] = {"src/session.py": lines, "src/new.py": lines, "a.png": b"\0\n\n"}
    clone.git("config", "diff.none.binary", "true")
    clone.commit("hotfix: more", {**files, **({".gitattributes": attributes} if committed else {})})
    (clone.path / ".gitattributes").write_text(attributes)

    found = by_path(clone.facts())

    assert (found["src/session.py"].additions, found["src/session.py"].deletions) == (500, 2)
    assert found["src/new.py"].additions == 500
    assert found["src/new.py"].patch is not None
    assert (found["a.png"].lines, found["a.png"].patch) == (0, None)


def test_a_linked_work_tree_is_compared_too(clone: Clone, tmp_path: Path) -> None:
    clone.commit("hotfix: more", {"src/new.py": "x = 1\n", ".gitattributes": "* -diff\n"})
    clone.git("checkout", "-q", "--detach")
    clone.git("worktree", "add", "-q", str(tmp_path / "linked"), "hotfix/expired-sessions")

    assert Clone(tmp_path / "linked").facts().files == clone.facts().files


def test_what_is_not_utf_8_is_shown_as_well_as_can_be(clone: Clone) -> None:
    name = b"caf\xe9.txt"
    Path(bytes(clone.path).decode() + "/").joinpath(name.decode("utf-8", "surrogateescape")).write_bytes(
        b"\xff\xfe text\n"
    )
    clone.git("add", "-A")
    tree, parent = clone.git("write-tree"), clone.git("rev-parse", "HEAD")
    who = "Dev <dev@example.com> 1770000000 +0000"
    commit = f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n".encode() + b"hotfix: caf\xe9\n"
    clone.git("reset", "-q", "--hard", clone.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=commit))

    facts = clone.facts()

    assert facts.files[0].path == "caf\N{REPLACEMENT CHARACTER}.txt"
    assert facts.files[0].patch is not None
    assert facts.commits[0].subject == "hotfix: caf\N{REPLACEMENT CHARACTER}"
    assert evaluate(facts, Policy()).findings


def test_co_authors_and_merges(clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("side", {"side.py": "1\n"})
    clone.git("checkout", "-q", "hotfix/expired-sessions")
    clone.commit("hotfix: one\n\nCo-authored-by: Pat <pat@example.com>", {"one.py": "1\n"})
    clone.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")

    facts = clone.facts()

    assert facts.commits[-1].is_merge
    assert {person.email for commit in facts.commits for person in commit.co_authors} == {"pat@example.com"}


def test_a_submodule_is_one_changed_line(clone: Clone) -> None:
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},package.json")
    clone.git("commit", "-q", "-m", "hotfix: submodule")

    file = clone.facts().files[0]

    assert (file.path, file.lines, file.after) == ("package.json", 1, None)


def test_long_lived_branches_are_those_of_the_policy(clone: Clone) -> None:
    clone.commit("unreleased", {"a.py": "1\n"})
    clone.git("branch", "release/next")
    clone.commit("hotfix: b", {"b.py": "1\n"})
    policy = Policy.model_validate({"branches": {"back_merge": ["main", "release/*"]}})

    facts = clone.facts(policy=policy)

    assert [(branch.name, len(branch.foreign)) for branch in facts.branches.long_lived] == [
        ("main", 0),
        ("release/next", 1),
    ]
    missing = Policy.model_validate({"branches": {"back_merge": ["main", "develop"]}})
    finding = clone.branch_finding(policy=missing)
    assert finding.status is Status.UNKNOWN
    assert "develop of the policy's branches.back_merge is not in this clone" in finding.message


def test_the_default_branch_is_the_remotes_as_last_fetched(clone: Clone, tmp_path: Path) -> None:
    clone.git("branch", "-m", "main", "trunk")
    clone.git("checkout", "-q", "trunk")
    clone.git("clone", "-q", str(clone.path), str(tmp_path / "copy"))
    copy = Clone(tmp_path / "copy")
    clone.commit("unreleased", {"later.py": "1\n"})
    copy.git("fetch", "-q")
    copy.git("checkout", "-q", "-b", "hotfix/x", "origin/trunk")
    copy.commit("hotfix: x", {"x.py": "1\n"})

    facts = copy.facts()

    assert [branch.name for branch in facts.branches.long_lived] == ["trunk"]
    assert len(facts.branches.long_lived[0].foreign) == 1
    assert facts.repo == ""


@pytest.mark.parametrize(
    ("url", "name", "host"),
    [
        ("git@github.com:acme/shop.git", "acme/shop", "github.com"),
        ("https://github.com/acme/shop", "acme/shop", "github.com"),
        ("https://token@github.example.com/acme/shop.git/", "acme/shop", "github.example.com"),
        ("ssh://git@ssh.github.com:443/acme/shop.git", "acme/shop", "github.com"),
        ("work:acme/shop", "acme/shop", ""),
        ("/srv/git/shop.git", "", "github.com"),
        ("../shop", "", "github.com"),
        ("C:/work/shop", "", "github.com"),
    ],
)
def test_the_repositorys_name_comes_from_the_remote(clone: Clone, url: str, name: str, host: str) -> None:
    """An alias in `~/.ssh/config` does not reveal the host."""
    clone.git("remote", "add", "origin", url)
    facts = clone.facts()
    assert (facts.repo, facts.host) == (name, host)


def test_the_rebase_keeps_a_change_that_main_has_too(clone: Clone) -> None:
    """The change was cherry-picked to main before."""
    clone.git("checkout", "-q", "main")
    clone.commit("unreleased", {"feature.py": "1\n"})
    clone.git("checkout", "-q", "-B", "hotfix/expired-sessions")
    fix = clone.commit("hotfix: reject expired sessions", {"src/session.py": "def valid():\n    return False\n"})
    clone.git("checkout", "-q", "main")
    clone.commit("more", {"more.py": "1\n"})
    clone.git("cherry-pick", fix)
    clone.git("checkout", "-q", "hotfix/expired-sessions")
    finding = clone.branch_finding()
    assert finding.status is Status.FAILED
    assert finding.details == (f"{clone.git('rev-parse', 'main~2')[:7]} unreleased",)

    clone.paste(finding.commands)

    assert clone.branch_finding().status is Status.PASSED
    assert clone.subjects("v1.2.3..HEAD") == ["hotfix: reject expired sessions"]


def test_the_replay_without_a_merge_keeps_a_fix_of_main(clone: Clone) -> None:
    """A fix that main also contains survives the rebase that removes a merge of main."""
    fix = clone.commit("hotfix: reject expired sessions", {"src/session.py": "def valid():\n    return False\n"})
    clone.git("checkout", "-q", "main")
    clone.commit("unreleased", {"feature.py": "1\n"})
    clone.git("cherry-pick", fix)
    clone.git("checkout", "-q", "hotfix/expired-sessions")
    clone.git("merge", "-q", "--no-edit", "main")
    finding = commits.check(clone.facts(), commits.CommitsOptions())
    assert any("must not contain merge commits" in line for line in finding.details)

    clone.paste([command for command in finding.commands if not rebase.is_push(command)])

    assert clone.subjects("v1.2.3..HEAD") == ["hotfix: reject expired sessions"]


def test_a_newer_production_tag_requires_a_rebase(clone: Clone) -> None:
    clone.commit("hotfix: one", {"one.py": "1\n"})
    clone.git("checkout", "-q", "main")
    clone.commit("hotfix: other", {"other.py": "1\n"})
    clone.git("tag", "v1.2.4-hotfix.1")
    clone.git("checkout", "-q", "hotfix/expired-sessions")
    finding = clone.branch_finding()
    cut = clone.git("rev-parse", "v1.2.3^{commit}")[:12]
    assert finding.commands == (f"git rebase --autostash --onto v1.2.4-hotfix.1 {cut} hotfix/expired-sessions",)

    clone.paste(finding.commands)

    assert clone.branch_finding().status is Status.PASSED
    assert clone.subjects("v1.2.4-hotfix.1..HEAD") == ["hotfix: one"]
