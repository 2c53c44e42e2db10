"""Routes of recursive trees in the git database."""

from __future__ import annotations

from tests.github.server.routing import Problem, Request, route
from tests.github.server.show.repos import url
from tests.github.server.state import JSON

MOST = 100_000


@route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", ("contents", "read"))
def get_tree(call: Request) -> JSON:
    repo, objects = call.repo, call.repo.git.objects
    sha = repo.git.resolve(call.params["tree_sha"])
    if sha is None:
        raise Problem(404, "Not Found")
    tree = objects.commit(sha).tree
    deep = call.query.get("recursive") not in (None, "")
    found = list(objects.walk(tree)) if deep else [(entry.name, entry) for entry in objects.tree(tree)]
    base = f"{url(call.world, repo)}/git"
    return {
        "sha": tree,
        "url": f"{base}/trees/{tree}",
        "tree": [
            {
                "path": path,
                "mode": entry.mode.rjust(6, "0"),
                "type": "tree" if entry.is_tree else "blob",
                "sha": entry.sha,
                "url": f"{base}/{'trees' if entry.is_tree else 'blobs'}/{entry.sha}",
                **({} if entry.is_tree else {"size": len(objects.blob(entry.sha))}),
            }
            for path, entry in found[:MOST]
        ],
        "truncated": len(found) > MOST,
    }
