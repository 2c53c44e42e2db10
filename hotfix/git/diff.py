"""Parse the output of `git diff` into changed files as GitHub describes them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotfix.facts import Change, File, FileKind
from hotfix.git.process import decoded, run

ARGUMENTS = (
    "diff", "--raw", "--numstat", "--patch", "-z", "--no-abbrev", "--find-renames=50%", "-l1000", "--unified=3",
    "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/",
    "-O/dev/null", "--ignore-submodules=none", "--submodule=short", "--no-relative", "--no-color", "--no-ext-diff",
    "--no-textconv",
)  # fmt: skip
"""Arguments for the same diff as on GitHub, regardless of the user's or the repository's configuration."""

MOST_PATCH_BYTES = 1_000_000
MOST_PATCH_LINES = 20_000
"""Limits above which no patch is returned, as on GitHub."""

_CHANGES = {
    "A": Change.ADDED,
    "D": Change.REMOVED,
    "M": Change.MODIFIED,
    "R": Change.RENAMED,
    "C": Change.COPIED,
    "T": Change.CHANGED,
}
_HEADER = re.compile(rb"^diff --git ", re.MULTILINE)
_REGULAR = (b"100644", b"100755")
_KINDS = {b"120000": FileKind.LINK, b"160000": FileKind.SUBMODULE}
_ABSENT = b"000000"
_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class DiffEntry:
    """One changed file, without its texts, and the IDs of its blobs: None if that side has no regular file."""

    file: File
    before: str | None
    after: str | None


def between(objects: Path, config: Path, start: str, head: str) -> tuple[DiffEntry, ...]:
    """Return the files changed between two commits of the repository with these objects. Raises GitError.

    git runs in an empty repository that borrows the objects, because attributes such as `-diff` or `binary`, in the
    head's `.gitattributes` or in `.git/info/attributes`, would hide changed lines. Without attributes a file is binary
    if it has a NUL in its first 8000 bytes, as on GitHub. `config` is the repository's configuration, which names the
    remote for objects missing in a partial clone.
    """
    with tempfile.TemporaryDirectory(prefix="hotfix-") as empty:
        place = Path(empty)
        (place / "refs").mkdir()
        (place / "HEAD").write_text("ref: refs/heads/none\n")
        quoted = str(config.absolute()).replace("\\", "\\\\").replace('"', '\\"')
        algorithm = "sha256" if len(start) == _SHA256_DIGITS else "sha1"
        (place / "config").write_text(
            "[core]\nrepositoryFormatVersion = 1\n"
            f'[extensions]\nobjectFormat = {algorithm}\n[include]\npath = "{quoted}"\n'
        )
        variables = {
            "GIT_DIR": empty,
            "GIT_COMMON_DIR": empty,
            "GIT_WORK_TREE": empty,
            "GIT_OBJECT_DIRECTORY": str(objects.absolute()),
            "GIT_INDEX_FILE": os.path.join(empty, "index"),
            "GIT_ATTR_NOSYSTEM": "1",
        }
        settings = (f"core.attributesFile={os.devnull}",)
        return parse(run(place, *ARGUMENTS, start, head, "--", config=settings, variables=variables))


def parse(out: bytes) -> tuple[DiffEntry, ...]:
    """Parse the output of `git diff` with `ARGUMENTS`: raw lines, counts, an empty entry and patches, in one order."""
    listing, _, patches = out.partition(b"\0\0")
    fields = iter(listing.split(b"\0"))
    raw: list[tuple[list[bytes], bytes, bytes | None]] = []
    counts: list[tuple[int, int] | None] = []
    for field in fields:
        if field.startswith(b":"):
            modes = field[1:].split(b" ")
            path, old = next(fields), None
            if modes[4][:1] in (b"R", b"C"):
                path, old = next(fields), path
            raw.append((modes, path, old))
        elif field:
            added, deleted, name = field.split(b"\t", 2)
            counts.append(None if added == b"-" else (int(added), int(deleted)))  # no lines in binary files
            if not name:
                next(fields)
                next(fields)
    sections = _sections(patches)
    return tuple(_entry(*one, count, sections) for one, count in zip(raw, counts, strict=True))


def _entry(
    modes: list[bytes], path: bytes, old: bytes | None, counted: tuple[int, int] | None, sections: Iterator[bytes]
) -> DiffEntry:
    count = counted or (0, 0)
    letter = modes[4][:1].decode()
    hunks = _hunks(next(sections, b""))
    if letter == "T":  # git shows a type change as a deletion and a creation
        hunks = b"\n".join(part for part in (hunks, _hunks(next(sections, b""))) if part)
    shown = hunks and len(hunks) <= MOST_PATCH_BYTES and sum(count) <= MOST_PATCH_LINES
    file = File(
        path=decoded(path),
        previous_path=None if old is None else decoded(old),
        change=_CHANGES.get(letter, Change.MODIFIED),
        additions=count[0],
        deletions=count[1],
        patch=decoded(hunks) if shown else None,
        binary=counted is None and modes[2] != modes[3],
        kind=_KINDS.get(modes[0] if modes[1] == _ABSENT else modes[1], _KINDS.get(modes[0], FileKind.FILE)),
        mode_changed=modes[0] != modes[1] and modes[0] in _REGULAR and modes[1] in _REGULAR,
    )
    before, after = (
        blob.decode() if mode in _REGULAR else None for mode, blob in zip(modes[:2], modes[2:4], strict=True)
    )
    return DiffEntry(file, before, after)


def _sections(patches: bytes) -> Iterator[bytes]:
    """Yield the patch of each file. Content lines start with a sign, so none can look like a header."""
    starts = [match.start() for match in _HEADER.finditer(patches)]
    for start, end in zip(starts, [*starts[1:], len(patches)], strict=True):
        yield patches[start:end]


def _hunks(section: bytes) -> bytes:
    at = section.find(b"\n@@ ")
    return b"" if at < 0 else section[at + 1 :].removesuffix(b"\n")
