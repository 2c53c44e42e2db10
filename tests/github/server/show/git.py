"""JSON of commits, files, refs, tags and trees."""

from __future__ import annotations

from urllib.parse import quote

from tests.github.server.clock import iso
from tests.github.server.repository.diffs import FileDiff
from tests.github.server.repository.objects import Commit, TagObject, Who
from tests.github.server.show.people import user_or_none
from tests.github.server.show.repos import page, url
from tests.github.server.state import JSON, Repo
from tests.github.server.world import World

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def who(person: Who) -> JSON:
    return {"name": person.name, "email": person.email, "date": iso(person.when)}


def commit(world: World, repo: Repo, sha: str) -> JSON:
    one = repo.git.objects.commit(sha)
    return {
        "sha": sha,
        "node_id": f"C_{repo.id}_{sha}",
        "commit": {
            "author": who(one.author),
            "committer": who(one.committer),
            "message": one.message.removesuffix("\n"),
            "tree": {"sha": one.tree, "url": f"{url(world, repo)}/git/trees/{one.tree}"},
            "url": f"{url(world, repo)}/git/commits/{sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": f"{url(world, repo)}/commits/{sha}",
        "html_url": f"{page(world, repo)}/commit/{sha}",
        "comments_url": f"{url(world, repo)}/commits/{sha}/comments",
        "author": user_or_none(world, world.by_email(one.author.email)),
        "committer": user_or_none(world, world.by_email(one.committer.email)),
        "parents": [
            {
                "sha": parent,
                "url": f"{url(world, repo)}/commits/{parent}",
                "html_url": f"{page(world, repo)}/commit/{parent}",
            }
            for parent in one.parents
        ],
    }


def git_commit(world: World, repo: Repo, one: Commit) -> JSON:
    """Return a commit as in the git database."""
    return {
        "sha": one.sha,
        "node_id": f"C_{repo.id}_{one.sha}",
        "url": f"{url(world, repo)}/git/commits/{one.sha}",
        "html_url": f"{page(world, repo)}/commit/{one.sha}",
        "author": who(one.author),
        "committer": who(one.committer),
        "tree": {"sha": one.tree, "url": f"{url(world, repo)}/git/trees/{one.tree}"},
        "message": one.message.removesuffix("\n"),
        "parents": [
            {
                "sha": parent,
                "url": f"{url(world, repo)}/git/commits/{parent}",
                "html_url": f"{page(world, repo)}/commit/{parent}",
            }
            for parent in one.parents
        ],
        "verification": UNSIGNED,
    }


def simple_commit(repo: Repo, sha: str) -> JSON:
    """Return a commit as in check suites."""
    one = repo.git.objects.commit(sha)
    return {
        "id": sha,
        "tree_id": one.tree,
        "message": one.message.removesuffix("\n"),
        "timestamp": iso(one.committer.when),
        "author": {"name": one.author.name, "email": one.author.email},
        "committer": {"name": one.committer.name, "email": one.committer.email},
    }


def file(world: World, repo: Repo, diff: FileDiff, ref: str) -> JSON:
    path = quote(diff.path)
    answer = {
        "sha": diff.sha,
        "filename": diff.path,
        "status": diff.status,
        "additions": diff.additions,
        "deletions": diff.deletions,
        "changes": diff.additions + diff.deletions,
        "blob_url": f"{page(world, repo)}/blob/{ref}/{path}",
        "raw_url": f"{page(world, repo)}/raw/{ref}/{path}",
        "contents_url": f"{url(world, repo)}/contents/{path}?ref={ref}",
    }
    if diff.patch is not None:
        answer["patch"] = diff.patch
    if diff.previous is not None:
        answer["previous_filename"] = diff.previous
    return answer


def ref(world: World, repo: Repo, name: str, sha: str) -> JSON:
    kind, _ = repo.git.objects.read(sha)
    return {
        "ref": name,
        "node_id": f"REF_{repo.id}_{name}",
        "url": f"{url(world, repo)}/git/{quote(name)}",
        "object": {"sha": sha, "type": kind, "url": f"{url(world, repo)}/git/{kind}s/{sha}"},
    }


def tag_object(world: World, repo: Repo, one: TagObject) -> JSON:
    return {
        "node_id": f"TA_{repo.id}_{one.sha}",
        "tag": one.tag,
        "sha": one.sha,
        "url": f"{url(world, repo)}/git/tags/{one.sha}",
        "message": one.message,
        "tagger": who(one.tagger),
        "object": {
            "type": one.object_type,
            "sha": one.object_sha,
            "url": f"{url(world, repo)}/git/{one.object_type}s/{one.object_sha}",
        },
        "verification": UNSIGNED,
    }


def tag(world: World, repo: Repo, name: str, sha: str) -> JSON:
    commit_sha = repo.git.objects.peel(sha)
    return {
        "name": name,
        "commit": {"sha": commit_sha, "url": f"{url(world, repo)}/commits/{commit_sha}"},
        "zipball_url": f"{url(world, repo)}/zipball/refs/tags/{quote(name)}",
        "tarball_url": f"{url(world, repo)}/tarball/refs/tags/{quote(name)}",
        "node_id": f"REF_{repo.id}_refs/tags/{name}",
    }


def pushed_commit(world: World, repo: Repo, sha: str) -> JSON:
    """Return a commit as in push webhooks."""
    one = repo.git.objects.commit(sha)
    before = one.parents[0] if one.parents else None
    old = repo.git.objects.commit(before).tree if before else None
    lists: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for change, path in repo.git.objects.changed(old, one.tree):
        lists[change].append(path)
    return {
        "id": sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message.removesuffix("\n"),
        "timestamp": iso(one.committer.when),
        "url": f"{page(world, repo)}/commit/{sha}",
        "author": _pushed_by(world, one.author),
        "committer": _pushed_by(world, one.committer),
        **lists,
    }


def _pushed_by(world: World, person: Who) -> JSON:
    said: JSON = {"name": person.name, "email": person.email}
    account = world.by_email(person.email)
    if account:
        said["username"] = account.login
    return said
