"""Diffs by real git: one `git diff-tree --stdin` process per repository, results cached by tree pair."""

from __future__ import annotations

import re
import subprocess
from collections import OrderedDict
from dataclasses import dataclass

from tests.github.server.repository.objects import ObjectStore, _end, _start

END = b"end-of-this-pair\n"
PATCH_MAX_LINES = 20_000
PATCH_MAX_BYTES = 1_000_000
CACHED_DIFFS = 3000
NOTHING = "0" * 40
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v"}


@dataclass(frozen=True, slots=True)
class FileDiff:
    path: str
    status: str
    sha: str
    """The blob at the head; for a removed file, the former blob."""
    additions: int
    deletions: int
    previous: str | None
    patch: str | None
    """The patch from its first hunk; None if binary, too large or without a content change."""


def _unquote(path: str) -> str:
    if not path.startswith('"'):
        return path

    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        raw = bytes([int(code, 8)]) if code.isdigit() else ESCAPES[code]
        return raw.decode("latin-1")

    inner = path[1:-1].encode().decode("latin-1")
    return re.sub(r"\\([0-7]{3}|.)", one, inner).encode("latin-1").decode(errors="replace")


class Differ:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._process: subprocess.Popen[bytes] | None = None
        self._cache: OrderedDict[tuple[str, str], tuple[FileDiff, ...]] = OrderedDict()

    def close(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None

    def between(self, tree: str, other: str) -> tuple[FileDiff, ...]:
        """Return the changes from one tree to another, with renames, in git's order."""
        if tree == other:
            return ()
        key = (tree, other)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = _parse(self._ask(tree, other))
            if len(self._cache) > CACHED_DIFFS:
                self._cache.popitem(last=False)
        return found

    def _ask(self, tree: str, other: str) -> str:
        self._objects.flush()
        if self._process is None or self._process.poll() is not None:
            self._process = _start(
                self._objects.git_dir, "-c", "core.quotepath=false", "-c", "diff.renameLimit=4000",
                "diff-tree", "--stdin", "-r", "-M", "--raw", "--numstat", "--patch", "--full-index", "--no-abbrev",
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{tree} {other}\n".encode() + END)
        self._process.stdin.flush()
        lines = []
        while (line := self._process.stdout.readline()) != END:
            if not line:
                raise RuntimeError(f"git diff-tree ended while comparing {tree} and {other}")
            lines.append(line)
        return b"".join(lines[1:]).decode(errors="replace")


def _parse(text: str) -> tuple[FileDiff, ...]:
    head, _, patches = text.partition("\ndiff --git ")
    lines = head.split("\n")
    raw = [line for line in lines if line.startswith(":")]
    numbers = [line.split("\t", 2)[:2] for line in lines if "\t" in line and not line.startswith(":")]
    chunks = iter(patches.split("\ndiff --git ") if patches else [])
    files = []
    for line, (plus, minus) in zip(raw, numbers, strict=True):
        info, *paths = line.split("\t")
        chunk = next(chunks, "")
        old_mode, _, old_sha, new_sha, letter = info[1:].split(" ")
        del old_mode
        paths = [_unquote(p) for p in paths]
        status = STATUS.get(letter[0], "changed")
        binary = plus == "-"
        additions, deletions = (0, 0) if binary else (int(plus), int(minus))
        start = chunk.find("\n@@ ")
        patch: str | None = None if binary or start < 0 else chunk[start + 1 :].removesuffix("\n")
        if letter == "T":  # a type change is shown as a deletion and an addition
            other = next(chunks, "")
            again = other.find("\n@@ ")
            patch = "\n".join(p for p in (patch, other[again + 1 :].removesuffix("\n") if again >= 0 else "") if p)
        if patch is not None and (len(patch) > PATCH_MAX_BYTES or additions + deletions > PATCH_MAX_LINES):
            patch = None
        files.append(
            FileDiff(
                path=paths[-1],
                status=status,
                sha=old_sha if new_sha == NOTHING else new_sha,
                additions=additions,
                deletions=deletions,
                previous=paths[0] if len(paths) > 1 else None,
                patch=patch,
            )
        )
    return tuple(files)
