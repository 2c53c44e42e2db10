"""Git objects: written in pure Python, read from loose files or through one `git cat-file --batch`.

Repositories in a fork network share one `ObjectStore`, as on GitHub.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

GIT_ENV = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
}
CACHED_OBJECTS = 20_000
CACHED_BYTES_EACH = 64_000
PACKED_FROM = 200
"""Number of new objects above which they are written as one pack."""
PACK_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


class NoObject(KeyError):
    """The repository has no object with that name."""


@dataclass(frozen=True, slots=True)
class Who:
    name: str
    email: str
    when: datetime

    def line(self) -> bytes:
        offset = self.when.utcoffset() or timedelta()
        minutes = int(offset.total_seconds()) // 60
        sign = "-" if minutes < 0 else "+"
        zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
        return f"{self.name} <{self.email}> {int(self.when.timestamp())} {zone}".encode()


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Who
    committer: Who
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree."""

    mode: str
    name: str
    sha: str

    @property
    def is_tree(self) -> bool:
        return self.mode == "40000"


@dataclass(frozen=True, slots=True)
class TagObject:
    sha: str
    object_sha: str
    object_type: str
    tag: str
    tagger: Who
    message: str


def _who(line: str) -> Who:
    head, _, zone = line.rpartition(" ")
    head, _, seconds = head.rpartition(" ")
    name, _, email = head.partition(" <")
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    tz = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes)) if minutes else UTC
    return Who(name, email.rstrip(">"), datetime.fromtimestamp(int(seconds), tz))


class ObjectStore:
    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir
        self._objects = git_dir / "objects"
        self._cache: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._commits: dict[str, Commit] = {}
        self._trees: dict[str, tuple[Entry, ...]] = {}
        self._batch: subprocess.Popen[bytes] | None = None
        self._pending: dict[str, tuple[str, bytes]] = {}
        """Objects written but not yet stored on disk."""

    def close(self) -> None:
        if self._batch is not None:
            _end(self._batch)
            self._batch = None

    def write(self, kind: str, data: bytes) -> str:
        raw = b"%s %d\0" % (kind.encode(), len(data)) + data
        sha = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        if sha not in self._cache and sha not in self._pending:
            self._pending[sha] = (kind, data)
            self._remember(sha, kind, data)
        return sha

    def flush(self) -> None:
        """Store pending objects on disk; call this before git itself reads the repository."""
        pending, self._pending = self._pending, {}
        if len(pending) > PACKED_FROM:
            self._pack(pending)
            return
        for sha, (kind, data) in pending.items():
            folder = f"{self._objects}/{sha[:2]}"
            path, part = f"{folder}/{sha[2:]}", f"{folder}/tmp_obj_{sha[2:]}"
            if not os.path.exists(path):
                os.makedirs(folder, exist_ok=True)
                with open(part, "wb") as file:
                    file.write(zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data, 1))
                os.rename(part, path)

    def _pack(self, objects: dict[str, tuple[str, bytes]]) -> None:
        out = [b"PACK" + (2).to_bytes(4, "big") + len(objects).to_bytes(4, "big")]
        for kind, data in objects.values():
            size = len(data)
            byte = PACK_TYPES[kind] << 4 | size & 15
            size >>= 4
            head = bytearray()
            while size:
                head.append(byte | 0x80)
                byte, size = size & 0x7F, size >> 7
            head.append(byte)
            out += [bytes(head), zlib.compress(data, 1)]
        pack = b"".join(out)
        pack += hashlib.sha1(pack, usedforsecurity=False).digest()
        command = ["git", f"--git-dir={self.git_dir}", "index-pack", "--stdin"]
        subprocess.run(command, input=pack, stdout=subprocess.DEVNULL, env=GIT_ENV, check=True)

    def _remember(self, sha: str, kind: str, data: bytes) -> None:
        if len(data) <= CACHED_BYTES_EACH:
            self._cache[sha] = (kind, data)
            if len(self._cache) > CACHED_OBJECTS:
                self._cache.popitem(last=False)

    def read(self, sha: str) -> tuple[str, bytes]:
        """Return the type and content of an object. Raises NoObject."""
        found = self._cache.get(sha) or self._pending.get(sha)
        if found is not None:
            return found
        try:
            raw = zlib.decompress((self._objects / sha[:2] / sha[2:]).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            kind, data = self._from_git(sha)
        else:
            head, _, data = raw.partition(b"\0")
            kind = head.split()[0].decode()
        self._remember(sha, kind, data)
        return kind, data

    def _from_git(self, sha: str) -> tuple[str, bytes]:
        if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
            raise NoObject(sha)
        if self._batch is None or self._batch.poll() is not None:
            self._batch = _start(self.git_dir, "cat-file", "--batch")
        assert self._batch.stdin is not None
        assert self._batch.stdout is not None
        self._batch.stdin.write(sha.encode() + b"\n")
        self._batch.stdin.flush()
        words = self._batch.stdout.readline().split()
        if len(words) != 3:
            raise NoObject(sha)
        data = self._batch.stdout.read(int(words[2]))
        self._batch.stdout.read(1)
        return words[1].decode(), data

    def has(self, sha: str) -> bool:
        try:
            self.read(sha)
        except NoObject:
            return False
        return True

    # --- blobs, trees ---

    def blob(self, sha: str) -> bytes:
        kind, data = self.read(sha)
        if kind != "blob":
            raise NoObject(sha)
        return data

    def tree(self, sha: str) -> tuple[Entry, ...]:
        found = self._trees.get(sha)
        if found is None:
            kind, data = self.read(sha)
            if kind != "tree":
                raise NoObject(sha)
            entries = []
            at = 0
            while at < len(data):
                zero = data.index(b"\0", at)
                mode, _, name = data[at:zero].partition(b" ")
                entries.append(Entry(mode.decode(), name.decode(errors="replace"), data[zero + 1 : zero + 21].hex()))
                at = zero + 21
            found = self._trees[sha] = tuple(entries)
        return found

    def write_tree(self, entries: Iterable[Entry]) -> str:
        ordered = sorted(entries, key=lambda e: e.name.encode() + (b"/" if e.is_tree else b""))
        return self.write("tree", b"".join(f"{e.mode} {e.name}\0".encode() + bytes.fromhex(e.sha) for e in ordered))

    def change_tree(self, tree: str | None, changes: dict[str, tuple[str, str] | None]) -> str:
        """Return a tree with `changes` applied: path -> (mode, blob SHA), or None to delete."""
        entries = {e.name: e for e in self.tree(tree)} if tree else {}
        below: dict[str, dict[str, tuple[str, str] | None]] = {}
        for path, change in changes.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = change
            elif change is None:
                entries.pop(name, None)
            else:
                entries[name] = Entry(change[0], name, change[1])
        for name, inner in below.items():
            old = entries.get(name)
            sha = self.change_tree(old.sha if old and old.is_tree else None, inner)
            if self.tree(sha):
                entries[name] = Entry("40000", name, sha)
            elif old is None or old.is_tree:
                entries.pop(name, None)
        return self.write_tree(entries.values())

    def walk(self, tree: str, prefix: str = "") -> Iterable[tuple[str, Entry]]:
        """Yield every entry below a tree, including trees, in git's order."""
        for entry in self.tree(tree):
            path = prefix + entry.name
            yield path, entry
            if entry.is_tree:
                yield from self.walk(entry.sha, path + "/")

    def changed(self, tree: str | None, other: str | None, prefix: str = "") -> Iterable[tuple[str, str]]:
        """Yield the paths that differ between two trees, without rename detection: (`added|removed|modified`, path)."""
        before = {e.name: e for e in self.tree(tree)} if tree else {}
        after = {e.name: e for e in self.tree(other)} if other else {}
        for name in sorted(before.keys() | after.keys()):
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            trees = [e.sha if e and e.is_tree else None for e in (old, new)]
            if any(trees):
                yield from self.changed(trees[0], trees[1], f"{prefix}{name}/")
            old_file, new_file = old and not old.is_tree, new and not new.is_tree
            if old_file or new_file:
                yield "modified" if old_file and new_file else "added" if new_file else "removed", prefix + name

    def entry_at(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path` below a tree; the tree itself for an empty path."""
        entry = Entry("40000", "", tree)
        for part in [p for p in path.split("/") if p]:
            if not entry.is_tree:
                return None
            found = next((e for e in self.tree(entry.sha) if e.name == part), None)
            if found is None:
                return None
            entry = found
        return entry

    # --- commits, tags ---

    def commit(self, sha: str) -> Commit:
        found = self._commits.get(sha)
        if found is None:
            kind, data = self.read(sha)
            if kind != "commit":
                raise NoObject(sha)
            head, _, message = data.decode(errors="replace").partition("\n\n")
            tree, parents, author, committer = "", [], "", ""
            for line in head.split("\n"):
                key, _, value = line.partition(" ")
                if key == "tree":
                    tree = value
                elif key == "parent":
                    parents.append(value)
                elif key == "author":
                    author = value
                elif key == "committer":
                    committer = value
            found = Commit(sha, tree, tuple(parents), _who(author), _who(committer), message)
            self._commits[sha] = found
        return found

    def write_commit(self, tree: str, parents: Iterable[str], author: Who, committer: Who, message: str) -> str:
        lines = [b"tree " + tree.encode(), *(b"parent " + p.encode() for p in parents)]
        lines += [b"author " + author.line(), b"committer " + committer.line(), b"", message.encode()]
        return self.write("commit", b"\n".join(lines))

    def tag(self, sha: str) -> TagObject:
        kind, data = self.read(sha)
        if kind != "tag":
            raise NoObject(sha)
        head, _, message = data.decode(errors="replace").partition("\n\n")
        said = dict(line.partition(" ")[::2] for line in head.split("\n"))
        return TagObject(sha, said["object"], said["type"], said["tag"], _who(said["tagger"]), message)

    def write_tag(self, object_sha: str, kind: str, name: str, tagger: Who, message: str) -> str:
        head = f"object {object_sha}\ntype {kind}\ntag {name}\n".encode()
        return self.write("tag", head + b"tagger " + tagger.line() + b"\n\n" + message.encode())

    def peel(self, sha: str) -> str:
        """Return the commit that a tag object (or a commit) resolves to. Raises NoObject."""
        kind, _ = self.read(sha)
        while kind == "tag":
            sha = self.tag(sha).object_sha
            kind, _ = self.read(sha)
        if kind != "commit":
            raise NoObject(sha)
        return sha


def _start(git_dir: Path, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["git", f"--git-dir={git_dir}", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=GIT_ENV,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.kill()
    process.wait()
