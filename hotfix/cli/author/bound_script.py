"""Write shell scripts under .git that change nothing unless the branch that was checked is checked out.

A printed command may be run much later: after another branch was checked out, after new commits, or after the check of
another branch. So each check has a folder of its own, named after branch and commit, and its scripts compare. It is
removed when a newer check of the branch writes its own, or after the branch was deleted.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotfix.cli.author.work_tree import under_way
from hotfix.facts import Facts
from hotfix.git import Repo
from hotfix.git.process import decoded, run

BACKUP = "refs/hotfix/backup"
"""The refs under which the commits from before a fix are kept, each named after its branch and commit."""
_FOLDER = "hotfix"
"""A folder in this work tree's git directory, where files can't be committed by mistake."""
_DETACHED = "HEAD"
"""Stands for the branch in names of folders and refs if there is none; git allows no branch of this name."""
_GUARD = """\
cd {root} || exit
if test "$(git symbolic-ref --quiet HEAD)" != {ref}{or_changed}; then
    echo {sentence} >&2
    exit 1
fi
"""
"""Compares this work tree, whichever one the command is run in."""
_LOG = ("log", "--no-show-signature", "--format=%at%n%B")
"""Prints what identifies commits whose content was amended, but whose messages are still those that were checked."""
_SHA = 12
"""The number of digits of a commit's SHA in names of folders and refs."""
_OF_CHECK = re.compile(rf"[0-9a-f]{{{_SHA}}}")
"""The names of the folders of checks, below those of their branches."""
_WRITTEN = re.compile(r"(?:message(?:-[0-9a-f]+)?|reword(?:-each)?|spec(?:\.md)?|tmp\w+)", re.ASCII)
"""The names of files that checks write, also those of earlier versions, and of unfinished ones."""


@dataclass(frozen=True, slots=True)
class ScriptFolder:
    """The folder for what one check of a clone writes."""

    path: Path
    repo: Repo
    branch: str
    """The branch that was checked; empty if HEAD is detached, and at no branch's commit."""
    sha: str

    @classmethod
    def of(cls, repo: Repo, facts: Facts) -> ScriptFolder:
        """Return the folder for the branch and commit of the facts."""
        branch = facts.branches.head
        path = repo.git_dir / _FOLDER / (branch or _DETACHED) / facts.head_sha[:_SHA]
        return cls(path=path, repo=repo, branch=branch, sha=facts.head_sha)

    def write(self, name: str, text: str) -> Path:
        """Write a file atomically; the first one replaces outdated folders. Raises OSError."""
        path = self.path / name
        if not self.path.is_dir():
            self._remove_outdated()
            self.path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=self.path, delete=False) as file:
            file.write(text)
        os.replace(file.name, path)
        return path

    def command(self, name: str, body: str, replaced: str = "") -> str:
        """Write a script and return the command that runs it at the top of the work tree.

        The script does nothing on another branch, or if HEAD was detached, at another commit. `replaced` is a revision
        or range such as `v1.2.3..HEAD`, whose messages the body replaces: it does nothing either if they are no longer
        those that were checked. Commits may have been amended with other content, as printed commands do.
        Raises OSError or GitError.
        """
        where, or_changed = self.branch or "a detached HEAD", ""
        if replaced:
            where += f" as it was at {self.sha[:_SHA]}"
            options = (*_LOG, *(() if ".." in replaced else ("-1",)), replaced)
            before = decoded(run(self.repo.root, "hash-object", "--stdin", stdin=run(self.repo.root, *options))).strip()
            or_changed = f' || test "$(git {shlex.join(options)} | git hash-object --stdin)" != {before}'
        elif not self.branch:
            where += f" at {self.sha[:_SHA]}"
            or_changed = f' || test "$(git rev-parse HEAD)" != {self.sha}'
        guard = _GUARD.format(
            ref=shlex.quote(f"refs/heads/{self.branch}" if self.branch else ""),
            or_changed=or_changed,
            sentence=shlex.quote(
                f"hotfix: nothing was changed, because this command is only for {where}: run `hotfix check` again."
            ),
            root=shlex.quote(str(self.repo.root)),
        )
        return f"sh {shlex.quote(self._shown(self.write(name, guard + body)))}"

    def backed_up(self, body: str) -> str:
        """Return a body that keeps the head under a ref, and prints at the end how to restore it."""
        folder = shlex.quote(f"{BACKUP}/{self.branch or _DETACHED}")
        undo = shlex.quote(f"Undo with: git reset --keep {folder}")
        return (
            f'at=$(git rev-parse --short={_SHA} HEAD) &&\ngit update-ref {folder}/"$at" HEAD &&\n'
            f'{body} &&\necho {undo}/"$at"\n'
        )

    def _remove_outdated(self) -> None:
        """Remove the folders of earlier checks of this branch, and of branches that no longer exist.

        A rebase in progress may still run their scripts, so nothing is removed then.
        """
        if under_way(self.repo):
            return
        top, own = self.repo.git_dir / _FOLDER, self.branch or _DETACHED
        for place, _, files in os.walk(top):
            folder = Path(place)
            name = folder.relative_to(top).parent.as_posix()
            needed = name != own and (name == _DETACHED or self.repo.has_branch(name))
            if folder != top and (needed or not _OF_CHECK.fullmatch(folder.name)):
                continue
            with suppress(OSError):  # not empty, or another check removes it
                for file in filter(_WRITTEN.fullmatch, files):
                    (folder / file).unlink(missing_ok=True)
                while folder != top:
                    folder.rmdir()
                    folder = folder.parent

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self.repo.root) if path.is_relative_to(self.repo.root) else str(path)
