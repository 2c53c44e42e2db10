"""One bare repository: refs in memory and on disk, objects shared with its forks."""

from __future__ import annotations

import re
import subprocess
from collections import OrderedDict
from pathlib import Path

from tests.github.server.repository.diffs import Differ
from tests.github.server.repository.history import History
from tests.github.server.repository.objects import GIT_ENV, NoObject, ObjectStore

ZERO = "0" * 40
SHA = re.compile(r"[0-9a-f]{40}")
BAD_REF = re.compile(r"(^|/)\.|\.\.|[\x00-\x20~^:?*\[\\\x7f]|/$|^/|//|\.lock(/|$)|@\{|\.$")
OPEN_REPOSITORIES = 48
"""Maximum number of repositories with open git processes."""

_open: OrderedDict[int, GitRepo] = OrderedDict()


def is_sha(text: str) -> bool:
    return SHA.fullmatch(text) is not None


def is_sound_ref(name: str) -> bool:
    """Return whether `git check-ref-format` would accept the full ref name."""
    return name.startswith("refs/") and name.count("/") >= 2 and BAD_REF.search(name) is None


class GitRepo:
    def __init__(self, path: Path, default_branch: str, share: GitRepo | None = None) -> None:
        self.path = path
        (path / "refs" / "heads").mkdir(parents=True)
        (path / "refs" / "tags").mkdir()
        if share is None:
            (path / "objects" / "info").mkdir(parents=True)
            (path / "objects" / "pack").mkdir()
        else:
            (path / "objects").symlink_to(share.path.resolve() / "objects", target_is_directory=True)
        (path / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
        (path / "config").write_text(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[http]\n\treceivepack = true\n"
            "[receive]\n\tautogc = false\n\tadvertisePushOptions = false\n[gc]\n\tauto = 0\n"
            "[uploadpack]\n\tallowReachableSHA1InWant = true\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n"
        )
        self.objects: ObjectStore = share.objects if share else ObjectStore(path)
        self.history: History = share.history if share else History(self.objects)
        self.differ: Differ = share.differ if share else Differ(self.objects)
        self.refs: dict[str, str] = {}
        self._moved: set[str] = set()
        """Refs whose current values git doesn't have yet."""
        self._merges: dict[tuple[str, str], str | None] = {}
        self.hidden: set[str] = set()
        """Commits that readers can't see yet."""

    def touch(self) -> None:
        """Register a use before git processes are started, which bounds their number."""
        key = id(self.differ)
        _open[key] = self
        _open.move_to_end(key)
        if len(_open) > OPEN_REPOSITORIES:
            next(iter(_open.values())).close()

    def close(self) -> None:
        _open.pop(id(self.differ), None)
        self.objects.close()
        self.differ.close()

    def set_head(self, branch: str) -> None:
        (self.path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")

    # --- refs ---

    def set_ref(self, name: str, sha: str) -> None:
        self.refs[name] = sha
        self._moved.add(name)

    def delete_ref(self, name: str) -> None:
        self.refs.pop(name, None)
        self._moved.add(name)

    def flush(self) -> None:
        """Write pending objects and refs to disk; call this before git itself uses the repository."""
        self.objects.flush()
        moved, self._moved = self._moved, set()
        for name in sorted(moved, key=lambda name: name in self.refs):
            path = self.path / name
            if name in self.refs:
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(path.name + ".part~")
                part.write_text(self.refs[name] + "\n")
                part.rename(path)
            else:
                path.unlink(missing_ok=True)
                self._prune(path.parent)

    def _prune(self, folder: Path) -> None:
        """Remove empty folders, which would prevent a ref of the same name."""
        while folder not in (self.path / "refs", self.path / "refs" / "heads", self.path / "refs" / "tags"):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def clashes(self, name: str) -> bool:
        """Return whether the name conflicts with an existing ref: `a` and `a/b` can't both be refs."""
        return any(ref.startswith(name + "/") or name.startswith(ref + "/") for ref in self.refs)

    def reread(self) -> dict[str, tuple[str, str]]:
        """Reread refs after git has written; return name -> (before, after) of those that moved, ZERO if absent."""
        self.flush()
        now: dict[str, str] = {}
        packed = self.path / "packed-refs"
        if packed.exists():
            for line in packed.read_text().splitlines():
                if not line.startswith(("#", "^")):
                    sha, _, name = line.partition(" ")
                    now[name] = sha
        for path in (self.path / "refs").rglob("*"):
            if path.is_file() and not path.name.endswith((".lock", ".part~")):
                now[path.relative_to(self.path).as_posix()] = path.read_text().strip()
        before, self.refs = self.refs, now
        return {
            name: (before.get(name, ZERO), now.get(name, ZERO))
            for name in sorted(before.keys() | now.keys())
            if before.get(name) != now.get(name)
        }

    def branches(self) -> dict[str, str]:
        return {n.removeprefix("refs/heads/"): s for n, s in sorted(self.refs.items()) if n.startswith("refs/heads/")}

    def tags(self) -> dict[str, str]:
        return {n.removeprefix("refs/tags/"): s for n, s in sorted(self.refs.items()) if n.startswith("refs/tags/")}

    def branch(self, name: str) -> str | None:
        return self.refs.get(f"refs/heads/{name}")

    def resolve(self, name: str) -> str | None:
        """Return the commit of a SHA (also abbreviated), branch, tag or full ref name; None if there is none."""
        for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}"):
            if ref in self.refs:
                return self._commit(self.refs[ref])
        if re.fullmatch(r"[0-9a-f]{40}", name):
            return self._commit(name)
        if re.fullmatch(r"[0-9a-f]{7,39}", name):
            answer = self.run("rev-parse", "--verify", "--quiet", name + "^{commit}", check=False).strip()
            return answer or None
        return None

    def commit_at(self, sha: str) -> str | None:
        """Return the commit that an object resolves to; None for a tree or blob."""
        try:
            return self.objects.peel(sha)
        except NoObject:
            return None

    def _commit(self, sha: str) -> str | None:
        try:
            found = self.objects.peel(sha)
        except NoObject:
            return None
        return None if found in self.hidden else found

    # --- git itself ---

    def run(self, *args: str, check: bool = True) -> str:
        self.flush()
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *args], capture_output=True, text=True, env=GIT_ENV, check=False
        )
        if check and done.returncode:
            raise RuntimeError(f"git {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def merge_trees(self, ours: str, theirs: str) -> str | None:
        """Return the merged tree of two commits; None if they conflict."""
        key = (ours, theirs)
        if key not in self._merges:
            self._merges[key] = self._merge(ours, theirs)
        return self._merges[key]

    def _merge(self, ours: str, theirs: str) -> str | None:
        base = self.history.merge_base(ours, theirs)
        tree_of = {sha: self.objects.commit(sha).tree for sha in (ours, theirs, base) if sha}
        if base == ours or (base and tree_of[base] == tree_of[ours]):
            return tree_of[theirs]
        if base == theirs or (base and tree_of[base] == tree_of[theirs]):
            return tree_of[ours]
        self.objects.flush()
        args = ["merge-tree", "--write-tree", "--allow-unrelated-histories", ours, theirs]
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *args], capture_output=True, text=True, env=GIT_ENV, check=False
        )
        return done.stdout.split("\n")[0] if done.returncode == 0 else None
