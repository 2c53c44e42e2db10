"""Git on the simulated GitHub: clone and push over HTTP, the git database, refs, contents."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from tests.github import Acme, GitHub

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@example.com",
}


def git(folder: Path, *args: str, fails: bool = False) -> str:
    done = subprocess.run(["git", *args], cwd=folder, env=ENV, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def clone(acme: Acme, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", acme.dev.git_url(acme.shop), "shop")
    return tmp_path / "shop"


def test_a_clone_has_everything(acme: Acme, clone: Path) -> None:
    assert git(clone, "tag").split() == ["v1.2.3"]
    assert git(clone, "rev-parse", "HEAD").strip() == acme.shop.sha("main")
    assert git(clone, "fsck", "--strict") == ""
    assert len(git(clone, "log", "--format=%h").split()) == 3


def test_a_push_is_sent_and_synchronizes_the_pull_request(acme: Acme, clone: Path) -> None:
    git(clone, "switch", "--quiet", "-c", "hotfix/cart", "v1.2.3")
    (clone / "src/cart.py").write_text("x = 1\n")
    git(clone, "commit", "--quiet", "-am", "hotfix: cart")
    git(clone, "push", "--quiet", "origin", "hotfix/cart")
    pull = acme.dev.open_pull(acme.shop, "hotfix/cart")
    (clone / "src/cart.py").write_text("x = 2\n")
    git(clone, "commit", "--quiet", "--amend", "-am", "hotfix: cart again")
    git(clone, "push", "--quiet", "--force", "origin", "hotfix/cart")
    assert pull.head_sha == git(clone, "rev-parse", "HEAD").strip()
    reported = [(d.event, d.action) for d in acme.github.deliveries]
    assert ("pull_request", "synchronize") in reported
    pushes = [d.payload for d in acme.github.deliveries if d.event == "push"]
    assert [p["forced"] for p in pushes[-2:]] == [False, True]
    assert pushes[-1]["sender"]["login"] == "dev"
    git(clone, "push", "--quiet", "origin", ":hotfix/cart")
    assert pull.state == "closed"


def test_a_large_push_arrives_whole(acme: Acme, clone: Path) -> None:
    (clone / "big.bin").write_bytes(os.urandom(6_000_000))
    git(clone, "add", "big.bin")
    git(clone, "commit", "--quiet", "-m", "A big one")
    git(clone, "push", "--quiet", "origin", "main")
    shown = acme.shop.get("/contents/big.bin")
    assert (shown["size"], shown["encoding"]) == (6_000_000, "none")


def test_who_may_not_push_is_refused(acme: Acme, clone: Path) -> None:
    stranger = acme.github.create_user("stranger")
    git(clone, "remote", "set-url", "origin", stranger.git_url(acme.shop))
    git(clone, "fetch", "--quiet")
    assert "403" in git(clone, "push", "origin", "main:refs/heads/theirs", fails=True)
    git(clone, "remote", "set-url", "origin", acme.shop.clone_url())
    assert "could not read Username" in git(clone, "push", "origin", "main:refs/heads/theirs", fails=True)
    read_only = acme.installation.token({"contents": "read"})
    git(clone, "remote", "set-url", "origin", acme.shop.clone_url(read_only))
    git(clone, "fetch", "--quiet")
    assert "403" in git(clone, "push", "origin", "main:refs/heads/theirs", fails=True)


def test_an_outage_cuts_git_too(acme: Acme, clone: Path) -> None:
    acme.github.outage = True
    git(clone, "fetch", fails=True)
    acme.github.outage = False
    git(clone, "fetch", "--quiet")


def test_a_shallow_clone_deepens(acme: Acme, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", acme.dev.git_url(acme.shop), "shallow")
    assert len(git(tmp_path / "shallow", "log", "--format=%h").split()) == 1
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow", "--tags")
    assert len(git(tmp_path / "shallow", "log", "--format=%h").split()) == 3


def test_a_pull_request_has_its_own_ref(acme: Acme, clone: Path) -> None:
    pull = acme.hotfix()
    git(clone, "fetch", "--quiet", "origin", f"pull/{pull.number}/head:pr")
    assert git(clone, "rev-parse", "pr").strip() == pull.head_sha


def test_an_annotated_tag_is_two_calls_and_its_ref_is_the_lock(acme: Acme) -> None:
    must, path, sha = acme.dev.must, acme.shop.path, acme.shop.sha("main")
    tag = must("POST", f"{path}/git/tags", {"tag": "v2", "message": "Two", "object": sha, "type": "commit"})
    made = must("POST", f"{path}/git/refs", {"ref": "refs/tags/v2", "sha": tag["sha"]})
    assert made["object"] == {"sha": tag["sha"], "type": "tag", "url": made["object"]["url"]}
    again = acme.dev.rest("POST", f"{path}/git/refs", {"ref": "refs/tags/v2", "sha": tag["sha"]})
    assert (again.status, again.data["message"]) == (422, "Reference already exists")
    assert must("GET", f"{path}/git/tags/{tag['sha']}")["object"]["sha"] == sha
    assert must("GET", f"{path}/git/ref/tags/v2")["object"]["sha"] == tag["sha"]
    assert acme.shop.tags()["v2"] == sha
    for ref in ("v3", "refs/tags/", "refs/tags/a..b", "refs/tags/v2/x", "refs/notes/x"):
        assert acme.dev.rest("POST", f"{path}/git/refs", {"ref": ref, "sha": sha}).status == 422
    assert acme.dev.rest("POST", f"{path}/git/refs", {"ref": "refs/tags/v3", "sha": "0" * 40}).status == 422
    events = [(d.event, d.payload.get("ref")) for d in acme.github.deliveries]
    assert ("create", "v2") in events
    assert ("push", "refs/tags/v2") in events


def test_refs_move_forward_unless_forced(acme: Acme) -> None:
    rest, path = acme.dev.rest, acme.shop.path
    old, new = acme.shop.sha("v1.2.3"), acme.shop.sha("main")
    assert rest("POST", f"{path}/git/refs", {"ref": "refs/heads/a/b", "sha": new}).status == 201
    assert rest("PATCH", f"{path}/git/refs/heads/a/b", {"sha": old}).status == 422
    assert rest("PATCH", f"{path}/git/refs/heads/a/b", {"sha": old, "force": True}).ok
    assert [r["ref"] for r in rest("GET", f"{path}/git/matching-refs/heads/a").data] == ["refs/heads/a/b"]
    assert rest("DELETE", f"{path}/git/refs/heads/a/b").status == 204
    assert rest("DELETE", f"{path}/git/refs/heads/a/b").status == 422
    assert rest("GET", f"{path}/git/ref/heads/a/b").status == 404


def test_commits_are_made_of_blobs_and_trees(acme: Acme) -> None:
    must, path, tip = acme.dev.must, acme.shop.path, acme.shop.sha("main")
    blob = must("POST", f"{path}/git/blobs", {"content": base64.b64encode(b"new\n").decode(), "encoding": "base64"})
    entries = [
        {"path": "docs/new.md", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "inline.md", "mode": "100644", "type": "blob", "content": "text\n"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = must("POST", f"{path}/git/trees", {"base_tree": tip, "tree": entries})
    commit = must("POST", f"{path}/git/commits", {"message": "Made", "tree": tree["sha"], "parents": [tip]})
    must("PATCH", f"{path}/git/refs/heads/main", {"sha": commit["sha"]})
    assert acme.shop.read("docs/new.md") == "new\n"
    assert must("GET", f"{path}/git/blobs/{blob['sha']}")["size"] == 4
    paths = [e["path"] for e in must("GET", f"{path}/git/trees/main?recursive=1")["tree"]]
    assert "docs/new.md" in paths
    assert "README.md" not in paths
    assert must("GET", f"{path}/git/commits/{commit['sha']}")["author"]["email"] == "dev@example.com"
    shown = must("GET", f"{path}/commits/{commit['sha']}")
    assert {f["filename"]: f["status"] for f in shown["files"]} == {
        "README.md": "removed",
        "docs/new.md": "added",
        "inline.md": "added",
    }


def test_contents_are_read_and_written(acme: Acme) -> None:
    must, path = acme.dev.must, f"{acme.shop.path}/contents"
    shown = must("GET", f"{path}/src/cart.py?ref=v1.2.3")
    assert base64.b64decode(shown["content"]).decode().startswith("def total")
    assert {e["name"]: e["type"] for e in must("GET", f"{path}/src")}["cart.py"] == "file"
    assert {e["name"]: e["type"] for e in must("GET", f"{path}/")}["src"] == "dir"
    assert acme.dev.rest("GET", f"{path}/nothing").status == 404
    assert acme.dev.rest("GET", f"{path}/README.md?ref=nowhere").status == 404
    raw = acme.dev.rest("GET", f"{path}/README.md", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.data == "# Shop\n"
    body = {"message": "Say more", "content": base64.b64encode(b"more\n").decode()}
    assert acme.dev.rest("PUT", f"{path}/README.md", body).status == 422
    readme = must("GET", f"{path}/README.md")
    must("PUT", f"{path}/README.md", {**body, "sha": readme["sha"], "branch": "main"})
    assert acme.dev.rest("PUT", f"{path}/new.md", body).status == 201
    assert acme.shop.read("README.md") == "more\n"


def test_branches_tags_and_merges(acme: Acme) -> None:
    must, path = acme.dev.must, acme.shop.path
    acme.shop.protect("main", ["hotfix"])
    assert must("GET", f"{path}/branches/main")["protection"]["required_status_checks"]["contexts"] == ["hotfix"]
    acme.shop.branch("release/1", at="v1.2.3")
    assert must("GET", f"{path}/branches/release/1")["name"] == "release/1"
    assert [b["name"] for b in must("GET", f"{path}/branches")] == ["main", "release/1"]
    assert [t["name"] for t in must("GET", f"{path}/tags")] == ["v1.2.3"]
    assert len(must("GET", f"{path}/commits?sha=release/1")) == 1
    merged = acme.dev.rest("POST", f"{path}/merges", {"base": "release/1", "head": "main"})
    assert merged.status == 201
    assert acme.dev.rest("POST", f"{path}/merges", {"base": "release/1", "head": "main"}).status == 204


def test_commits_have_the_account_whose_address_they_carry(github: GitHub) -> None:
    dev = github.create_user("dev", email="Dev@Example.com")
    repo = github.create_repo("acme/shop", files={"a": "1"}, owner=dev)
    sha = repo.commit("main", {"a": "2"}, author="Some One <dev@example.com>")
    other = repo.commit("main", {"a": "3"}, author="No One <nobody@example.com>")
    assert repo.get(f"/commits/{sha}")["author"]["login"] == "dev"
    assert repo.get(f"/commits/{other}")["author"] is None
