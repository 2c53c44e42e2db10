"""Find the spec of a hotfix, and compare the files that it names with those that changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from hotfix import message
from hotfix.facts import Change, Facts, File
from hotfix.spec import named_files
from hotfix.spec.named_files import NamedFilesComparison
from hotfix.spec.spec_parser import Spec, parse
from hotfix.text import globs
from hotfix.text.markdown import LONGEST


class FoundSpec(NamedTuple):
    """A spec and its location."""

    source: str
    """The spec file's path; empty if it is the pull request's body."""
    spec: Spec

    @property
    def where(self) -> str:
        """Return the location as shown in messages."""
        return self.source or "the pull request's body"


def spec_files(facts: Facts, path: str | None = None) -> tuple[File, ...]:
    """Return the spec files that this branch added or changed. `path` is a glob, by default the policy's."""
    glob = [path or facts.spec_path]
    gone = (Change.REMOVED, Change.UNCHANGED)
    return tuple(f for f in facts.files if f.change not in gone and globs.matches(glob, f.path))


def find(facts: Facts, path: str | None = None) -> FoundSpec | None:
    """Return the branch's first spec file, otherwise the pull request's body; None without either, or if unreadable."""
    for file in spec_files(facts, path):
        text = text_of(file)
        return None if text is None else FoundSpec(file.path, parse(text))
    return FoundSpec("", parse(facts.pull.body)) if facts.pull else None


def unread(facts: Facts) -> str:
    """Return a sentence on why the spec or a commit message was not read completely; empty if all were."""
    found = find(facts)
    if found and found.spec.too_long:
        return f"{found.where} has {found.spec.length:,} characters, more than the {LONGEST:,} that are read"
    long = next((commit for commit in facts.own_commits if message.parse(commit.message).too_long), None)
    return f"The message of commit {long.sha[:7]} has more than {message.LONGEST:,} characters" if long else ""


def text_of(file: File) -> str | None:
    """Return a spec file's text at the head, taken from the patch if the file was added; None if it was not read."""
    if file.after is not None or file.change is not Change.ADDED or file.patch is None:
        return file.after
    added = [line[1:] for line in file.patch.split("\n") if line.startswith("+")]
    return "\n".join(added) if len(added) == file.additions else None


def file_name(branch: str, path: str = "specs/hotfix-*.md") -> str:
    """Return the path of a branch's spec: `specs/hotfix-expired.md` for `hotfix/expired`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", branch.removeprefix("hotfix/")).strip("-.") or "fix"
    return path.replace("**/", "").replace("**", "*").replace("*", name, 1).replace("*", "")


def compare(spec: Spec, files: Iterable[File], spec_file: str = "") -> NamedFilesComparison:
    """Compare the files that the spec names with those that changed; the spec's own file need not be named."""
    return named_files.compare(spec.files, files, frozenset({spec_file} if spec_file else ()))
