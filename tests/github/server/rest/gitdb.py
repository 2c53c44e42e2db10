"""Routes of the git database (blobs, trees, commits, tags, refs) and of deleting and merging branches."""

from __future__ import annotations

import base64
from datetime import datetime

from tests.github.server import acts
from tests.github.server.auth import holds
from tests.github.server.repository.git import is_sha, is_sound_ref
from tests.github.server.repository.objects import Entry, NoObject, Who
from tests.github.server.rest.repos import CONTENTS, PUSH
from tests.github.server.routing import Answer, Problem, Request, invalid, route, violation
from tests.github.server.show import git as show
from tests.github.server.show.repos import url
from tests.github.server.state import JSON

WRITABLE = ("refs/heads/", "refs/tags/")
WORKFLOWS = ".github/workflows"
CREATION = "Cannot create ref due to creations being restricted."
DELETION = "Cannot delete this ref due to deletions being restricted."


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}", CONTENTS)
def get_ref(call: Request) -> JSON:
    name = f"refs/{call.params['ref']}"
    sha = call.repo.git.refs.get(name)
    if sha is None:
        raise Problem(404, "Not Found")
    return show.ref(call.world, call.repo, name, sha)


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", CONTENTS)
def matching_refs(call: Request) -> Answer:
    prefix = f"refs/{call.params['ref']}"
    found = sorted((n, s) for n, s in call.repo.git.refs.items() if n.startswith(prefix))
    return Answer(200, [show.ref(call.world, call.repo, n, s) for n, s in found])


@route("POST", "/repos/{owner}/{repo}/git/refs", PUSH, status=201)
def create_ref(call: Request) -> JSON:
    repo, body = call.repo, call.body
    call.need("ref", "sha", resource="Reference")
    name, sha = body["ref"], body["sha"]
    if not is_sound_ref(name) or not name.startswith(WRITABLE):
        raise Problem(422, f"{name} is not a valid ref name." if is_sound_ref(name) else "Reference name is invalid")
    if not is_sha(sha) or not repo.git.objects.has(sha):
        raise Problem(422, "Object does not exist")
    kind, _ = repo.git.objects.read(sha)
    if name.startswith("refs/heads/") and kind != "commit":
        raise Problem(422, "Reference update failed")
    _check_workflows(call, sha)
    if name in repo.git.refs:
        raise Problem(422, "Reference already exists")
    if repo.git.clashes(name):
        raise Problem(422, "Reference update failed")
    broken = [rule for prefix, rule in repo.restricted_refs.items() if name.startswith(prefix)]
    if name in repo.burned_refs or broken:
        raise violation(422, broken[0] if broken else CREATION)
    acts.update_ref(call.world, repo, name, sha, call.me, call.actor.kind == "actions")
    return show.ref(call.world, repo, name, sha)


def _check_workflows(call: Request, sha: str) -> None:
    """Reject a ref whose workflow files differ from the default branch's if the token lacks `workflows`."""
    token, repo = call.actor.token, call.repo
    if token is None or token.kind not in ("actions", "installation") or holds(token, "workflows", "write"):
        return
    objects = repo.git.objects
    if not is_sha(sha) or objects.read(objects.peel(sha))[0] != "commit":
        return
    tip = repo.git.branch(repo.default_branch)
    if tip is None or repo.git.history.is_ancestor(objects.peel(sha), tip):
        return
    here, there = (objects.entry_at(objects.commit(each).tree, WORKFLOWS) for each in (objects.peel(sha), tip))
    if (here and here.sha) != (there and there.sha):
        accepted = "contents=write; contents=write,workflows=write"
        raise Problem(403, "Resource not accessible by integration", x_accepted_github_permissions=accepted)


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}", PUSH)
def update_ref(call: Request) -> JSON:
    repo, sha = call.repo, call.body["sha"]
    name = f"refs/{call.params['ref']}"
    if name not in repo.git.refs:
        raise Problem(422, "Reference does not exist")
    if not is_sha(sha) or not repo.git.objects.has(sha):
        raise Problem(422, "Object does not exist")
    if not call.body.get("force"):
        before, after = repo.git.objects.peel(repo.git.refs[name]), repo.git.objects.peel(sha)
        if not repo.git.history.is_ancestor(before, after):
            raise Problem(422, "Update is not a fast forward")
    acts.update_ref(call.world, repo, name, sha, call.me, call.actor.kind == "actions")
    return show.ref(call.world, repo, name, sha)


@route("DELETE", "/repos/{owner}/{repo}/git/refs/{ref}", PUSH, status=204)
def delete_ref(call: Request) -> None:
    name = f"refs/{call.params['ref']}"
    if name not in call.repo.git.refs:
        raise Problem(422, "Reference does not exist")
    if name == f"refs/heads/{call.repo.default_branch}":
        raise Problem(422, "Cannot delete the default branch")
    if name.startswith(tuple(call.repo.undeletable_refs)):
        raise violation(422, DELETION)
    acts.delete_ref(call.world, call.repo, name, call.me)


# --- objects ---


@route("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", CONTENTS)
def get_blob(call: Request) -> Answer | JSON:
    sha = call.params["file_sha"]
    try:
        data = call.repo.git.objects.blob(sha)
    except NoObject:
        raise Problem(404, "Not Found") from None
    if "raw" in call.headers.get("accept", ""):
        return Answer(200, data, {"content-type": "application/vnd.github.raw; charset=utf-8"})
    return {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(data),
        "url": f"{url(call.world, call.repo)}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }


@route("POST", "/repos/{owner}/{repo}/git/blobs", PUSH, status=201)
def create_blob(call: Request) -> JSON:
    content = call.body["content"]
    data = base64.b64decode(content) if call.body.get("encoding") == "base64" else content.encode()
    sha = call.repo.git.objects.write("blob", data)
    return {"sha": sha, "url": f"{url(call.world, call.repo)}/git/blobs/{sha}"}


def _tree(call: Request, sha: str, recursive: bool) -> JSON:
    objects = call.repo.git.objects
    found = objects.walk(sha) if recursive else ((e.name, e) for e in objects.tree(sha))
    root = f"{url(call.world, call.repo)}/git"
    return {
        "sha": sha,
        "url": f"{root}/trees/{sha}",
        "tree": [_entry(root, path, entry, objects.blob) for path, entry in found],
        "truncated": False,
    }


def _entry(root: str, path: str, entry: Entry, blob: object) -> JSON:
    kind = "tree" if entry.is_tree else "commit" if entry.mode == "160000" else "blob"
    shown: JSON = {"path": path, "mode": entry.mode.zfill(6), "type": kind, "sha": entry.sha}
    if kind == "blob" and callable(blob):
        shown["size"] = len(blob(entry.sha))
    shown["url"] = f"{root}/{kind}s/{entry.sha}"
    return shown


@route("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", CONTENTS)
def get_tree(call: Request) -> JSON:
    name = call.params["tree_sha"]
    commit = call.repo.git.resolve(name)
    sha = call.repo.git.objects.commit(commit).tree if commit else name
    try:
        return _tree(call, sha, "recursive" in call.query)
    except NoObject:
        raise Problem(404, "Not Found") from None


@route("POST", "/repos/{owner}/{repo}/git/trees", PUSH, status=201)
def create_tree(call: Request) -> JSON:
    objects = call.repo.git.objects
    base = call.body.get("base_tree")
    if base:
        commit = call.repo.git.resolve(base)
        base = objects.commit(commit).tree if commit else base
    changes: dict[str, tuple[str, str] | None] = {}
    for entry in call.body["tree"]:
        if entry.get("content") is not None:
            changes[entry["path"]] = (entry["mode"], objects.write("blob", entry["content"].encode()))
        else:
            changes[entry["path"]] = (entry["mode"], entry["sha"]) if entry.get("sha") else None
    return _tree(call, objects.change_tree(base, changes), recursive=False)


def _who(call: Request, said: JSON | None) -> Who:
    me = acts.who(call.world, call.me)
    if not said:
        return me
    when = datetime.fromisoformat(said["date"]) if said.get("date") else me.when
    return Who(said["name"], said["email"], when)


@route("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", CONTENTS)
def get_commit(call: Request) -> JSON:
    try:
        commit = call.repo.git.objects.commit(call.params["commit_sha"])
    except NoObject:
        raise Problem(404, "Not Found") from None
    return show.git_commit(call.world, call.repo, commit)


@route("POST", "/repos/{owner}/{repo}/git/commits", PUSH, status=201)
def create_commit(call: Request) -> JSON:
    body, objects = call.body, call.repo.git.objects
    author = _who(call, body.get("author"))
    committer = _who(call, body.get("committer")) if body.get("committer") else author
    for sha in (body["tree"], *(body.get("parents") or [])):
        if not objects.has(sha):
            raise Problem(422, "Tree SHA does not exist" if sha == body["tree"] else "Parent SHA does not exist")
    sha = objects.write_commit(body["tree"], body.get("parents") or [], author, committer, body["message"])
    return show.git_commit(call.world, call.repo, objects.commit(sha))


@route("GET", "/repos/{owner}/{repo}/git/tags/{tag_sha}", CONTENTS)
def get_tag(call: Request) -> JSON:
    try:
        return show.tag_object(call.world, call.repo, call.repo.git.objects.tag(call.params["tag_sha"]))
    except NoObject:
        raise Problem(404, "Not Found") from None


@route("POST", "/repos/{owner}/{repo}/git/tags", PUSH, status=201)
def create_tag(call: Request) -> JSON:
    call.need("tag", "message", "object", "type", resource="Tag")
    body, objects = call.body, call.repo.git.objects
    if not objects.has(body["object"]) or objects.read(body["object"])[0] != body["type"]:
        raise invalid("Tag", "object")
    sha = objects.write_tag(body["object"], body["type"], body["tag"], _who(call, body.get("tagger")), body["message"])
    return show.tag_object(call.world, call.repo, objects.tag(sha))


# --- branches ---


@route("POST", "/repos/{owner}/{repo}/merges", PUSH)
def merge_branch(call: Request) -> Answer:
    repo, body = call.repo, call.body
    base = repo.git.branch(body["base"])
    head = repo.git.resolve(body["head"])
    if base is None or head is None:
        raise Problem(404, "Base does not exist" if base is None else "Head does not exist")
    if repo.git.history.is_ancestor(head, base):
        return Answer(204)
    tree = repo.git.merge_trees(base, head)
    if tree is None:
        raise Problem(409, "Merge conflict")
    me = acts.who(call.world, call.me)
    message = body.get("commit_message") or f"Merge {body['head']} into {body['base']}"
    sha = repo.git.objects.write_commit(tree, [base, head], me, me, message)
    acts.update_ref(call.world, repo, f"refs/heads/{body['base']}", sha, call.me, call.actor.kind == "actions")
    return Answer(201, show.commit(call.world, repo, sha))
