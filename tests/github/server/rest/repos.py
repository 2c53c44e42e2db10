"""Routes of repositories, branches, tags, contents, commits and comparisons."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote

from tests.github.server import acts
from tests.github.server.repository import compare
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.show import git as show
from tests.github.server.show.issues import pull_simple
from tests.github.server.show.repos import full, page, url
from tests.github.server.state import JSON, Repo

CONTENTS = ("contents", "read")
PUSH = ("contents", "write")
PULLS = ("pull_requests", "read")
BIG = 1_000_000


def commit_of(repo: Repo, ref: str) -> str:
    sha = repo.git.resolve(ref)
    if sha is None:
        raise Problem(422, f"No commit found for SHA: {ref}")
    return sha


@route("GET", "/repos/{owner}/{repo}", ("metadata", "read"))
def get_repo(call: Request) -> JSON:
    return full(call.world, call.repo, call.actor.account)


@route("PATCH", "/repos/{owner}/{repo}", ("administration", "write"), role="admin")
def edit_repo(call: Request) -> JSON:
    repo = call.repo
    if "default_branch" in call.body:
        if repo.git.branch(call.body["default_branch"]) is None:
            raise invalid("Repository", "default_branch")
        repo.default_branch = call.body["default_branch"]
        repo.git.set_head(repo.default_branch)
    repo.settings |= {k: v for k, v in call.body.items() if k not in ("default_branch", "name")}
    return full(call.world, repo, call.actor.account)


# --- branches and tags ---


@route("GET", "/repos/{owner}/{repo}/branches", CONTENTS)
def list_branches(call: Request) -> Answer:
    repo = call.repo

    def one(item: tuple[str, str]) -> JSON:
        name, sha = item
        commit = {"sha": sha, "url": f"{url(call.world, repo)}/commits/{sha}"}
        return {"name": name, "commit": commit, "protected": name in repo.protections}

    found = list(repo.git.branches().items())
    if (protected := call.query.get("protected")) is not None:
        found = [item for item in found if (item[0] in repo.protections) is (protected == "true")]
    return call.listed(found, one)


@route("GET", "/repos/{owner}/{repo}/branches/{branch}", CONTENTS)
def get_branch(call: Request) -> JSON:
    repo, name = call.repo, call.params["branch"]
    sha = repo.git.branch(name)
    if sha is None:
        raise Problem(404, "Branch not found")
    where = f"{url(call.world, repo)}/branches/{quote(name)}"
    protection = repo.protections.get(name)
    checks = protection.required_checks if protection else {}
    required = {
        "enforcement_level": "everyone" if checks else "off",
        "contexts": list(checks),
        "checks": [{"context": name, "app_id": app} for name, app in checks.items()],
    }
    return {
        "name": name,
        "commit": show.commit(call.world, repo, sha),
        "_links": {"self": where, "html": f"{page(call.world, repo)}/tree/{quote(name)}"},
        "protected": protection is not None,
        "protection": {"enabled": protection is not None, "required_status_checks": required},
        "protection_url": f"{where}/protection",
    }


@route("GET", "/repos/{owner}/{repo}/tags", CONTENTS)
def list_tags(call: Request) -> Answer:
    tags = sorted(call.repo.git.tags().items(), reverse=True)
    return call.listed(tags, lambda t: show.tag(call.world, call.repo, t[0], t[1]))


# --- contents ---


@route("GET", "/repos/{owner}/{repo}/contents/{path}", CONTENTS)
@route("GET", "/repos/{owner}/{repo}/contents/", CONTENTS)
@route("GET", "/repos/{owner}/{repo}/contents", CONTENTS)
def get_contents(call: Request) -> Answer | JSON | list[JSON]:
    repo, path = call.repo, call.params.get("path", "").strip("/")
    ref = call.query.get("ref") or repo.default_branch
    sha = repo.git.resolve(ref)
    if sha is None:
        raise Problem(404, f"No commit found for the ref {ref}")
    entry = repo.git.objects.entry_at(repo.git.objects.commit(sha).tree, path)
    if entry is None:
        raise Problem(404, "Not Found")
    if entry.is_tree:
        prefix = f"{path}/" if path else ""
        return [_content(call, prefix + e.name, e.sha, e.is_tree, ref) for e in repo.git.objects.tree(entry.sha)]
    if "raw" in call.headers.get("accept", ""):
        data = repo.git.objects.blob(entry.sha)
        return Answer(200, data, {"content-type": "application/vnd.github.raw; charset=utf-8"})
    return _content(call, path, entry.sha, False, ref, whole=True)


def _content(call: Request, path: str, sha: str, folder: bool, ref: str, whole: bool = False) -> JSON:
    repo = call.repo
    api = f"{url(call.world, repo)}/contents/{quote(path)}?ref={quote(ref)}"
    git = f"{url(call.world, repo)}/git/{'trees' if folder else 'blobs'}/{sha}"
    html = f"{page(call.world, repo)}/{'tree' if folder else 'blob'}/{quote(ref)}/{quote(path)}"
    shown: JSON = {
        "type": "dir" if folder else "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": 0 if folder else len(repo.git.objects.blob(sha)),
        "url": api,
        "git_url": git,
        "html_url": html,
        "download_url": None if folder else f"{page(call.world, repo)}/raw/{quote(ref)}/{quote(path)}",
        "_links": {"self": api, "git": git, "html": html},
    }
    if whole:
        data = repo.git.objects.blob(sha)
        big = len(data) > BIG
        shown["content"] = "" if big else base64.encodebytes(data).decode()
        shown["encoding"] = "none" if big else "base64"
    return shown


@route("PUT", "/repos/{owner}/{repo}/contents/{path}", PUSH)
def put_contents(call: Request) -> Answer:
    repo, path = call.repo, call.params["path"]
    call.need("message", resource="Commit")
    branch = call.body.get("branch") or repo.default_branch
    tip = repo.git.branch(branch)
    if tip is None:
        raise Problem(404, f"Branch {branch} not found")
    objects = repo.git.objects
    old = objects.entry_at(objects.commit(tip).tree, path)
    if old is not None and call.body.get("sha") != old.sha:
        raise Problem(409 if call.body.get("sha") else 422, f"{path} does not match {call.body.get('sha') or 'sha'}")
    blob = objects.write("blob", base64.b64decode(call.body["content"]))
    tree = objects.change_tree(objects.commit(tip).tree, {path: ("100644", blob)})
    me = acts.who(call.world, call.me)
    sha = objects.write_commit(tree, [tip], me, me, call.body["message"])
    acts.update_ref(call.world, repo, f"refs/heads/{branch}", sha, call.me, call.actor.kind == "actions")
    shown = {
        "content": _content(call, path, blob, False, branch),
        "commit": show.git_commit(call.world, repo, objects.commit(sha)),
    }
    return Answer(200 if old else 201, shown)


# --- commits ---


@route("GET", "/repos/{owner}/{repo}/commits", CONTENTS)
def list_commits(call: Request) -> Answer:
    repo = call.repo
    head = repo.git.resolve(call.query.get("sha") or repo.default_branch)
    if head is None:
        raise Problem(404, "Not Found")
    return call.listed(repo.git.history.log(head), lambda s: show.commit(call.world, repo, s))


@route("GET", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", PULLS, CONTENTS)
def pulls_of_commit(call: Request) -> Answer:
    repo = call.repo
    sha = commit_of(repo, call.params["commit_sha"])
    return call.listed(compare.pulls_with(repo, sha), lambda p: pull_simple(call.world, p))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", CONTENTS)
def get_commit(call: Request) -> Answer | JSON:
    repo = call.repo
    sha = commit_of(repo, call.params["ref"])
    if "sha" in call.headers.get("accept", ""):
        return Answer(200, sha.encode(), {"content-type": "application/vnd.github.sha; charset=utf-8"})
    one = repo.git.objects.commit(sha)
    files = compare.diff(repo.git, one.parents[0] if one.parents else None, sha)
    some, headers = call.page(files, most=compare.MAX_COMPARE_FILES)
    plus, minus = sum(f.additions for f in files), sum(f.deletions for f in files)
    shown = {
        **show.commit(call.world, repo, sha),
        "stats": {"total": plus + minus, "additions": plus, "deletions": minus},
        "files": [show.file(call.world, repo, f, sha) for f in (some if "page" in call.query else files[:300])],
    }
    return Answer(200, shown, headers if "page" in call.query else {})


# --- compare ---


def _ends(call: Request) -> tuple[Repo, str, str]:
    """Return the ends of `base...head`; either may be `owner:branch` of the same fork network."""
    basehead = unquote(call.params["basehead"])
    base, dots, head = basehead.partition("...")
    if not dots or not base or not head:
        raise Problem(404, "Not Found")
    shas = []
    for name in (base, head):
        repo, ref = call.repo, name
        owner, colon, rest = name.partition(":")
        if colon:
            repo, ref = _in_network(call, owner), rest
        sha = repo.git.resolve(ref)
        if sha is None:
            raise Problem(404, "Not Found")
        shas.append(sha)
    return call.repo, shas[0], shas[1]


def _in_network(call: Request, owner: str) -> Repo:
    for repo in call.world.repos_by_id.values():
        if repo.owner.login.casefold() == owner.casefold() and repo.git.objects is call.repo.git.objects:
            return repo
    raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}", CONTENTS)
def compare_commits(call: Request) -> Answer:
    repo, base, head = _ends(call)
    history = repo.git.history
    merge_base = history.merge_base(base, head)
    if merge_base is None:
        raise Problem(404, f"No common ancestor between {base} and {head}.")
    ahead = history.between(base, head)[::-1] if base != head else []
    behind = len(history.ancestors(base) - history.ancestors(head))
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    web = f"{page(call.world, repo)}/compare/{call.params['basehead']}"
    paged = "page" in call.query or "per_page" in call.query
    shas, headers = call.page(ahead) if paged else (ahead[: compare.MAX_PULL_COMMITS], {})
    if not paged and len(ahead) > compare.MAX_PULL_COMMITS:
        headers = {"link": f'<{call.link(page=2, per_page=250)}>; rel="next"'}
    body = {
        "url": f"{url(call.world, repo)}/compare/{quote(call.params['basehead'])}",
        "html_url": web,
        "permalink_url": f"{page(call.world, repo)}/compare/{base[:7]}...{head[:7]}",
        "diff_url": web + ".diff",
        "patch_url": web + ".patch",
        "base_commit": show.commit(call.world, repo, base),
        "merge_base_commit": show.commit(call.world, repo, merge_base),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [show.commit(call.world, repo, sha) for sha in shas],
    }
    if call.query.get("page", "1") == "1":
        files = compare.three_dot(repo.git, base, head)[: compare.MAX_COMPARE_FILES]
        body["files"] = [show.file(call.world, repo, f, head) for f in files]
    return Answer(200, body, headers)


@route("GET", "/repos/{owner}/{repo}/dependency-graph/compare/{basehead}", CONTENTS)
def dependency_review(call: Request) -> Answer:
    repo, base, head = _ends(call)
    if not repo.settings.get("dependency_graph"):
        raise Problem(403, "Dependency review is not supported on this repository.")
    return Answer(200, repo.dependency_reviews.get((base, head), []))
