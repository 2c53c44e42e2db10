"""Read the facts of a clone's current branch, except those only GitHub has (pull request, reviews, people)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from hotfix.dependencies import is_manifest, needs_roots
from hotfix.dependencies.file_table import ROOTS
from hotfix.facts import Branches, Commit, Facts, File, LongLived, Person, Production
from hotfix.git import diff
from hotfix.git.process import GitError, GitFailed, decoded, lines, run
from hotfix.git.repo import Repo
from hotfix.message import co_authors
from hotfix.policy import Policy
from hotfix.text import gitattributes
from hotfix.text.globs import matches, matches_branch

MOST_TEXT_BYTES = 10_000_000
"""Maximum size of a manifest or spec; larger ones are not read."""


def read(
    path: Path | Repo,
    *,
    policy: Policy,
    now: datetime,
    base: str | None = None,
    tag: str | None = None,
    head: str | None = None,
) -> Facts:
    """Return the facts of HEAD, compared with the production tag: `tag`, or the highest release.

    If the highest release contains HEAD, because this hotfix was shipped, the highest release before it is used. `base`
    is the pull request's base branch, `head` the branch's name if HEAD is detached. Raises GitError if the state of the
    clone does not allow reading the facts.
    """
    repo = path if isinstance(path, Repo) else Repo.open(path)
    production = repo.production(policy, tag)
    if tag is None:
        production = _previous_version(repo, policy, production, base, head)
    commits = _commits(repo, production)
    base = None if base is None else _base(repo, base)
    merge_base = _merge_base(repo, production, commits)
    names, missing = _long_lived(repo, policy, base)
    files = _files(repo, production, merge_base, policy)
    name = head or repo.head_name(policy.branches.head)
    return Facts(
        repo=repo.name,
        host=repo.host,
        head_sha=repo.head_sha,
        now=now,
        production=replace(production, shadowed=repo.has_branch(production.tag)),
        branches=Branches(
            head=name,
            remote=repo.push_remote(name),
            on_remote=any(name in names or len(names) == 1 for names in repo.remote_branches.values()),
            base=base,
            head_patterns=policy.branches.head,
            allowed_bases=policy.branches.base or policy.branches.back_merge or names,
            tag_is_ancestor=merge_base == production.sha,
            merge_base=merge_base,
            long_lived=tuple(LongLived(name=n, foreign=_foreign(repo, production, n, commits)) for n in names),
        ),
        commits=commits,
        files=files,
        root_manifests=MappingProxyType(_root_manifests(repo, files)),
        missing=MappingProxyType(missing),
    )


def _previous_version(
    repo: Repo, policy: Policy, production: Production, base: str | None, head: str | None
) -> Production:
    """Return the highest release that does not contain HEAD, if production contains HEAD as an unmerged hotfix.

    If a long-lived branch contains HEAD or another hotfix branch points to it, this branch has no commits of its own
    yet, and `production` is returned.
    """
    at = repo.head_sha
    if not repo.is_ancestor(at, production.sha):
        return production
    own, branches = head or repo.head_name(policy.branches.head), repo.matching(policy.branches.head)
    if any(name != own and repo.tip(name) == at for name in branches):
        return production
    names, _ = _long_lived(repo, policy, None if base is None else _base(repo, base))
    if any((tip := repo.tip(name)) and repo.is_ancestor(at, tip) for name in names):
        return production
    tags = lines(repo.root, "for-each-ref", "--format=%(refname:lstrip=2)", f"--no-contains={at}", "refs/tags")
    older = replace(repo, tag_objects={name: repo.tag_objects[name] for name in tags if name in repo.tag_objects})
    try:
        return replace(older.production(policy), shipped_as=production.tag)
    except GitError:
        return production


def _base(repo: Repo, base: str) -> str:
    remote = next((name for name in repo.remote_branches if base.startswith(f"{name}/")), None)
    name = base.removeprefix("refs/heads/") if remote is None or repo.tip(base) else base.removeprefix(f"{remote}/")
    if repo.tip(name) is None:
        raise GitError(f"there is no branch {name} in this clone", repo.fetching((name,)))
    return name


def _long_lived(repo: Repo, policy: Policy, base: str | None) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the long-lived branches to compare with, and the reasons for missing facts."""
    globs = policy.branches.back_merge
    if not globs:
        name = repo.default_branch or base
        if name is not None and repo.tip(name):
            return (name,), {}
        fetch = f"fetch the others with: {repo.fetching()}; or " if repo.urls else ""
        return (), {
            "branches": "this clone has no default branch to compare with, so what is unreleased is not known: "
            f"{fetch}name one with --base"
        }
    heads = policy.branches.head
    names = tuple(name for name in repo.matching(globs) if name != repo.branch or not matches_branch(heads, name))
    absent = [glob for glob in globs if not glob.startswith("!") and not repo.matching((glob,))]
    if absent:
        return names, {
            "branches": f"{', '.join(absent)} of the policy's branches.back_merge is not in this clone: "
            f"fetch it with: {repo.fetching(absent)}; or correct the policy"
        }
    return names, {}


def _commits(repo: Repo, production: Production) -> tuple[Commit, ...]:
    options = ("-z", "--topo-order", "--reverse", "--no-show-signature", "--no-mailmap", "--encoding=UTF-8")
    shown = "--format=%H%x00%P%x00%ae%x00%ce%x00%B"
    out = run(repo.root, "log", *options, shown, f"{production.sha}..{repo.head_sha}", "--")
    fields = out.split(b"\0")[:-1]
    commits = tuple(_commit(*(decoded(field) for field in fields[at : at + 5])) for at in range(0, len(fields), 5))
    if repo.shallow.intersection(commit.sha for commit in commits):
        raise _shallow(f"the history between {production.tag} and the head")
    return commits


def _commit(sha: str, parents: str, author: str, committer: str, message: str) -> Commit:
    return Commit(
        sha=sha,
        message=message.rstrip("\n"),
        parents=tuple(parents.split()),
        author=Person(login="", email=author),
        committer=Person(login="", email=committer),
        co_authors=tuple(Person(login="", email=mail) for mail in co_authors(message)),
    )


def _merge_base(repo: Repo, production: Production, commits: Iterable[Commit]) -> str | None:
    if repo.head_sha == production.sha or any(production.sha in commit.parents for commit in commits):
        return production.sha  # the head descends from it
    try:
        return lines(repo.root, "merge-base", production.sha, repo.head_sha)[0]
    except GitFailed as error:
        if not error.says_no:
            raise
        if repo.shallow:
            raise _shallow(f"where the branch left {production.tag}") from None
        return None


def _foreign(repo: Repo, production: Production, name: str, commits: Iterable[Commit]) -> tuple[str, ...]:
    """Return the commits of `tag..head` that the long-lived branch also contains."""
    tip = repo.tip(name)
    if tip is None or tip == production.sha:
        return ()
    if repo.shallow and repo.shallow.intersection(lines(repo.root, "rev-list", tip, f"^{production.sha}", "--")):
        raise _shallow(f"the history of {name}")
    own = set(lines(repo.root, "rev-list", repo.head_sha, f"^{production.sha}", f"^{tip}", "--"))
    return tuple(commit.sha for commit in commits if commit.sha not in own)


def _shallow(what: str) -> GitError:
    return GitError(f"this clone is shallow and does not contain {what}", "git fetch --unshallow --tags")


def _files(repo: Repo, production: Production, merge_base: str | None, policy: Policy) -> tuple[File, ...]:
    """Return the files changed in `tag...head`: since the merge base with the tag, as on GitHub."""
    start = merge_base or production.sha
    entries = diff.between(repo.objects, repo.config, start, repo.head_sha)
    whole = {entry.file.path: entry for entry in entries if _is_whole(entry.file, policy)}
    blobs = [blob for entry in whole.values() for blob in (entry.before, entry.after) if blob]
    names = sorted({name for entry in entries for name in gitattributes.files_for(entry.file.path) if "\n" not in name})
    found = _texts(repo, [*blobs, *(f"{production.sha}:{name}" for name in names)])
    rules = {name: text for name in names if (text := found[f"{production.sha}:{name}"])}
    return tuple(
        replace(
            entry.file,
            generated=gitattributes.is_set(gitattributes.GENERATED, entry.file.path, rules),
            vendored=gitattributes.is_set(gitattributes.VENDORED, entry.file.path, rules),
            before=found.get(entry.before or "") if entry.file.path in whole else None,
            after=found.get(entry.after or "") if entry.file.path in whole else None,
        )
        for entry in entries
    )


def _is_whole(file: File, policy: Policy) -> bool:
    """Return whether the full texts of a file are needed: it is a manifest, a lockfile or a spec."""
    return is_manifest(file.path) or is_manifest(file.previous_path or "") or matches((policy.spec_path,), file.path)


def _root_manifests(repo: Repo, files: Iterable[File]) -> dict[str, str]:
    """Read the root manifests if a changed manifest is only relevant when they install from its folder."""
    if not any(needs_roots(path) for file in files for path in (file.path, file.previous_path or "")):
        return {}
    found = _texts(repo, [f"{repo.head_sha}:{name}" for name in ROOTS])
    return {name: text for name in ROOTS if (text := found[f"{repo.head_sha}:{name}"])}


def _texts(repo: Repo, objects: list[str]) -> dict[str, str | None]:
    """Return object name -> text; None if the object does not exist, is binary or too large."""
    if not objects:
        return {}
    asked = "".join(f"{name}\n" for name in objects).encode("utf-8", "surrogateescape")
    out, at = run(repo.root, "cat-file", "--batch", stdin=asked), 0
    found: dict[str, str | None] = {}
    for name in objects:
        end = out.index(b"\n", at)
        header, at = out[at:end].rsplit(b" ", 2), end + 1
        if len(header) < 3 or header[1] != b"blob" or not header[2].isdigit():
            found[name] = None
            at += int(header[2]) + 1 if len(header) == 3 and header[2].isdigit() else 0
            continue
        content = out[at : at + int(header[2])]
        at += len(content) + 1
        binary = b"\0" in content[:8000] or len(content) > MOST_TEXT_BYTES
        found[name] = None if binary else decoded(content)
    return found
