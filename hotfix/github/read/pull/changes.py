"""Read what changed between production and the head: commits and files, from comparisons, lists and blobs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hotfix.dependencies.changed_lines import is_pointer
from hotfix.dependencies.package_change import MAX_CHARS
from hotfix.dependencies.path_kinds import is_media
from hotfix.facts import Change, Commit, File, FileKind, Person
from hotfix.github.read.pull import pull_queries
from hotfix.github.read.repository_queries import ask
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.github.transport.parallel_reads import Reads
from hotfix.github.transport.refusals import RefusalCause
from hotfix.message import co_authors
from hotfix.text.gitattributes import FILE, GENERATED, VENDORED, is_set

MOST_FILES = 3000
MOST_COMPARED_FILES = 300
TEXTS_A_QUERY = 40
ENTRIES_A_QUERY = 100
EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
"""The SHA of an empty file's blob."""
MOST_BYTES = 4 * MAX_CHARS
"""Maximum size of a file read in full: UTF-8 takes up to four bytes per character."""
MOST_TEXTS = 400
"""Maximum number of files read in full per pull request; with more manifests, a hotfix fails by its size anyway."""

_LONGEST_LINK = 10_000
"""Maximum length in characters of a patch that may be the target of a symbolic link."""


@dataclass(frozen=True, slots=True)
class CommitComparison:
    """The result of comparing `base...head`."""

    commits: tuple[Mapping[str, Any], ...]
    """The commits in head but not in base, oldest first, in the API's form; at most 250."""
    total: int
    behind: int
    """Number of commits in base but not in head; 0 if base is an ancestor of head."""
    merge_base: str | None
    """None if the two have no history in common."""
    files: tuple[Mapping[str, Any], ...]
    """The files changed from the merge base to the head; at most 300."""

    @property
    def complete(self) -> bool:
        """Whether it lists every commit."""
        return len(self.commits) >= self.total

    @property
    def shas(self) -> tuple[str, ...]:
        return tuple(commit["sha"] for commit in self.commits)


UNRELATED = CommitComparison(commits=(), total=0, behind=1, merge_base=None, files=())


def compare(client: Client, repo: str, base: str, head: str) -> CommitComparison:
    """Compare two commits or branches. Raises NotFound if one doesn't exist (yet)."""
    try:
        data = client.get("/repos/{repo}/compare/{base}...{head}", repo=repo, base=base, head=head)
    except NotFound as error:
        if RefusalCause.UNRELATED_HISTORIES in error.causes:
            return UNRELATED
        raise
    merge_base = data.get("merge_base_commit") or {}
    return CommitComparison(
        commits=tuple(data["commits"]),
        total=data["total_commits"],
        behind=data["behind_by"],
        merge_base=merge_base.get("sha"),
        files=tuple(data.get("files") or ()),
    )


def add_comparison(reads: Reads, client: Client, repo: str, base: str, head: str) -> None:
    """Schedule a comparison for the next round; its key is `("compare", base, head)`."""
    reads.add(("compare", base, head), compare, client, repo, base, head)


def foreign(own: CommitComparison, other: CommitComparison, production_sha: str) -> tuple[str, ...] | None:
    """Return the commits between production and head that a long-lived branch contains too.

    None if that is unknown because GitHub's lists are truncated.

    `own` compares production...head, `other` branch...head: commits that the branch lacks are the hotfix's own, all
    others are foreign.
    """
    if other.merge_base in (None, production_sha):
        return ()
    if not other.complete:
        return None
    lacking = set(other.shas)
    return tuple(sha for sha in own.shas if sha not in lacking)


def commits(comparison: CommitComparison, authors: Mapping[str, Mapping[str, Any]]) -> tuple[Commit, ...]:
    """Return the commits. `authors`: the GraphQL connection of some of them, whose first node is the Git author."""
    return tuple(_commit(node, authors.get(node["sha"])) for node in comparison.commits)


def without_accounts(found: Iterable[Commit], authors: Mapping[str, Any]) -> list[str]:
    """Return the commits with co-authors whose accounts have not been read yet."""
    return [commit.sha for commit in found if commit.co_authors and commit.sha not in authors]


def _commit(node: Mapping[str, Any], authors: Mapping[str, Any] | None) -> Commit:
    git = node["commit"]
    others = tuple(
        Person(login=(author["user"] or {}).get("login", ""), email=author["email"] or "")
        for author in (authors["nodes"][1:] if authors else ())
    )
    listed = {person.email.casefold() for person in others}
    named = co_authors(git["message"])
    others += tuple(Person(login="", email=mail) for mail in named if mail.casefold() not in listed)
    return Commit(
        sha=node["sha"],
        message=git["message"].rstrip("\n"),
        parents=tuple(parent["sha"] for parent in node["parents"]),
        author=_person(node["author"], git["author"]),
        committer=_person(node["committer"], git["committer"]),
        co_authors=others,
    )


def _person(account: Mapping[str, Any] | None, signature: Mapping[str, Any] | None) -> Person:
    account, signature = account or {}, signature or {}
    return Person(
        login=account.get("login") or "",
        is_bot=account.get("type") == "Bot",
        email=signature.get("email") or "",
    )


def files(
    nodes: Iterable[Mapping[str, Any]], attributes: Mapping[str, str], whole: Callable[[str], bool]
) -> tuple[File, ...]:
    """Return the changed files.

    `attributes`: the contents of the `.gitattributes` files by path. `whole`: returns whether a path's full content is
    needed; that of a new or removed file is taken from its patch.
    """
    return tuple(_file(node, attributes, whole) for node in nodes)


def _file(node: Mapping[str, Any], attributes: Mapping[str, str], whole: Callable[[str], bool]) -> File:
    path, change = node["filename"], Change(node["status"])
    patch = node.get("patch")
    before = after = None
    if patch is not None and whole(path):
        if change is Change.ADDED:
            before, after = None, whole_side(patch, "+", node["additions"])
        elif change is Change.REMOVED:
            before = whole_side(patch, "-", node["deletions"])
    return File(
        path=path,
        change=change,
        additions=node["additions"],
        deletions=node["deletions"],
        previous_path=node.get("previous_filename"),
        patch=patch,
        kind=FileKind.SUBMODULE if is_pointer(patch or "") else FileKind.FILE,
        binary=is_binary(node),
        generated=is_set(GENERATED, path, attributes),
        vendored=is_set(VENDORED, path, attributes),
        before=before,
        after=after,
    )


def whole_side(patch: str, sign: str, lines: int) -> str | None:
    """Return the content of an added (`+`) or removed (`-`) file from its patch; None if the patch is truncated."""
    found: list[str] = []
    ended = True
    for line in patch.split("\n"):
        if line.startswith(sign):
            found.append(line[1:])
        elif line.startswith("\\"):
            ended = False
    if len(found) != lines:
        return None
    return "\n".join(found) + ("\n" if ended and found else "")


def read_file_page(client: Client, repo: str, number: int, at: int) -> list[Mapping[str, Any]]:
    """Read a page of a pull request's files, 100 each, counted from 1."""
    params = {"per_page": 100, "page": at}
    return list(client.get("/repos/{repo}/pulls/{number}/files", params=params, repo=repo, number=number))


@dataclass(frozen=True, slots=True)
class FileTexts:
    """The file contents read by one query."""

    found: Mapping[str, str | None]
    """`<sha>:<path>` -> the text; None if there is no such file, or if it is binary or longer than any manifest."""
    large: Mapping[str, str]
    """`<sha>:<path>` -> the blob's SHA, if it is too large for GraphQL."""


def read_texts(client: Client, repo: str, expressions: Sequence[str]) -> FileTexts:
    """Read the texts at `<sha>:<path>` in one query."""
    blobs, _ = pull_queries.TEXTS.ask(client, repo, expressions)
    found: dict[str, str | None] = {}
    large: dict[str, str] = {}
    for expression, node in zip(expressions, blobs, strict=True):
        blob = node or {}
        if blob.get("isTruncated") and not blob.get("isBinary") and blob["byteSize"] <= MOST_BYTES:
            large[expression] = blob["oid"]
        else:
            unread = blob.get("isBinary") or blob.get("isTruncated")
            found[expression] = None if unread else blob.get("text")
    return FileTexts(found, large)


@dataclass(frozen=True, slots=True)
class TreeSides:
    """A file's entries in the trees before and at the head: blob SHA and mode; None if the file isn't there."""

    before: tuple[str, int] | None
    head: tuple[str, int] | None

    @property
    def kind(self) -> FileKind:
        """The kind of entry: link or submodule if either side is one, otherwise file."""
        modes = [side[1] for side in (self.head, self.before) if side]
        return next((_KINDS[mode] for mode in modes if mode in _KINDS), FileKind.FILE)

    @property
    def binary(self) -> bool:
        """Whether the content differs."""
        return (self.before and self.before[0]) != (self.head and self.head[0])

    @property
    def mode_changed(self) -> bool:
        """Whether the executable bit differs."""
        modes = {side[1] for side in (self.before, self.head) if side}
        return modes == _FILE_MODES


def is_file(side: tuple[str, int] | None) -> bool:
    """Return whether the entry is a regular file, so that its blob is its content."""
    return side is not None and side[1] in _FILE_MODES


_KINDS = {0o120000: FileKind.LINK, 0o160000: FileKind.SUBMODULE}
_FILE_MODES = {0o100644, 0o100755}


def read_entries(
    client: Client, repo: str, before: str, head: str, pairs: Sequence[tuple[str, str]]
) -> Mapping[str, TreeSides]:
    """Read the tree entries of files, given by their paths on both sides, in one query."""
    query, variables = pull_queries.entries(before, head, pairs)
    answer = ask(client, repo, query, **variables)

    def side(name: str, i: int) -> tuple[str, int] | None:
        entry = (answer[name] or {}).get(f"p{i}")
        return (entry["oid"], entry["mode"]) if entry else None

    return {path: TreeSides(side("before", i), side("head", i)) for i, (_, path) in enumerate(pairs)}


def has_no_lines(node: Mapping[str, Any]) -> bool:
    """Return whether GitHub lists no changed lines.

    The file is binary to Git, was only renamed, changed only its mode, or is empty.
    """
    return not node.get("patch") and not node["additions"] + node["deletions"] and node["status"] != Change.UNCHANGED


def is_unclear(node: Mapping[str, Any]) -> bool:
    """Return whether the file's tree entries are needed to determine the kind of change.

    A comparison has no modes: a file without changed lines may have a new mode, and a single line without a newline may
    be the target of a symbolic link. Media files, such as images, are not read.
    """
    if has_no_lines(node):
        return node["status"] not in (Change.ADDED, Change.REMOVED) and not is_media(node["filename"])
    return _has_one_open_line(node.get("patch") or "")


def is_binary(node: Mapping[str, Any]) -> bool:
    """Return whether a file without changed lines is binary, as far as the comparison shows."""
    if not has_no_lines(node) or node["status"] == Change.RENAMED:
        return False
    return bool(node["sha"] != EMPTY)


def _has_one_open_line(patch: str) -> bool:
    if len(patch) > _LONGEST_LINK:
        return False
    lines = patch.split("\n")
    return any(
        lines[at - 1].startswith(sign) and [line[:1] for line in lines].count(sign) == 1
        for at, line in enumerate(lines)
        if at and line.startswith("\\")
        for sign in "+-"
    )


def read_attributes(client: Client, repo: str, sha: str) -> Mapping[str, str]:
    """Read a commit's `.gitattributes` files; at least the root's if the tree is truncated."""
    tree = client.get("/repos/{repo}/git/trees/{sha}", params={"recursive": "1"}, repo=repo, sha=sha)
    paths = {item["path"] for item in tree["tree"] if item["path"].rpartition("/")[2] == FILE}
    if tree["truncated"]:
        paths.add(FILE)
    if not paths:
        return {}
    nearest = sorted(paths, key=lambda path: (path.count("/"), path))[:TEXTS_A_QUERY]
    texts = read_texts(client, repo, [f"{sha}:{path}" for path in nearest])
    return {path: text for path in nearest if (text := texts.found.get(f"{sha}:{path}"))}


def read_blob(client: Client, repo: str, oid: str) -> str | None:
    """Read a blob too large for GraphQL; None if it isn't UTF-8."""
    data = client.get("/repos/{repo}/git/blobs/{sha}", repo=repo, sha=oid)
    try:
        return base64.b64decode(data["content"]).decode()
    except ValueError:
        return None


def with_texts(
    found: Iterable[File], before: str | None, head: str, texts: Mapping[str, str | None]
) -> tuple[File, ...]:
    """Return the files with the contents read filled in."""

    def filled(file: File) -> File:
        there = texts.get(f"{before}:{file.previous_path or file.path}", file.before)
        here = texts.get(f"{head}:{file.path}", file.after)
        return replace(file, before=there, after=here) if (there, here) != (file.before, file.after) else file

    return tuple(filled(file) for file in found)


def expressions(some: Iterable[File], before: str | None, head: str) -> list[str]:
    """Return the `<sha>:<path>` expressions of the contents still missing on either side."""
    wanted: list[str] = []
    for file in some:
        if before is not None and file.before is None and file.change not in (Change.ADDED, Change.COPIED):
            wanted.append(f"{before}:{file.previous_path or file.path}")
        if file.after is None and file.change is not Change.REMOVED:
            wanted.append(f"{head}:{file.path}")
    return wanted[:MOST_TEXTS]
