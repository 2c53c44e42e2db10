"""Write the git commands that remove files from a hotfix without losing their content."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable

from hotfix.facts import Change, Facts, File

AMEND = "git commit --amend --no-edit --allow-empty"
"""`--allow-empty` because the last commit may contain nothing but the removed changes."""
_MESSAGE = "taken out of the hotfix"


def commands(facts: Facts, files: Iterable[File]) -> tuple[str, ...]:
    """Return the shell lines that restore files as in production; none if production is unknown.

    Only the index is reset to the production tag; the remaining changes in the work tree are then stashed. So neither
    committed nor uncommitted edits are ever lost: `git stash pop` restores them.
    """
    paths = ((file.path, file.previous_path if file.change is Change.RENAMED else None) for file in files)
    return _commands(facts, (), [path for both in paths for path in both if path])


def keeping_edits(facts: Facts, files: Iterable[File]) -> tuple[str, ...]:
    """Return the shell lines that undo renames, keeping edits in those files, and restore the other files."""
    files = list(files)
    moved = [file for file in files if file.change is Change.RENAMED and file.previous_path]
    others = [file.path for file in files if file not in moved]
    return _commands(facts, [line for file in moved for line in _move_back(file)], others)


def chosen_hunks(facts: Facts, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the shell lines that restore hunks interactively; none if production is unknown."""
    return _commands(facts, (), list(paths), "--patch ")


def pathspecs(paths: Iterable[str]) -> str:
    """Return paths as quoted arguments that git interprets literally: `[id].ts` is a file, not a glob.

    zsh expands an unquoted argument that begins with `=` to the path of a command.
    """
    return shlex.join(
        f":(literal){path}" if path[:1] in (":", "=") or set(path) & set("*?[\\") else path for path in paths
    )


def _commands(facts: Facts, moves: Iterable[str], paths: list[str], options: str = "") -> tuple[str, ...]:
    if facts.production is None:
        return ()
    lines = [*moves]
    if paths:
        lines.append(f"git reset {options}{shlex.quote(facts.production.revision)} -- {pathspecs(paths)}")
    lines.append(AMEND)
    if paths:
        lines.append(f"git stash --include-untracked --message {shlex.quote(_MESSAGE)} -- {pathspecs(paths)}")
    return tuple(lines)


def _move_back(file: File) -> tuple[str, ...]:
    """Return commands that move a file back; `git mv` keeps uncommitted edits and refuses to overwrite anything."""
    back = file.previous_path or ""
    line = f"git mv -- {shlex.quote(_dotted(file.path))} {shlex.quote(_dotted(back))}"
    folder = posixpath.dirname(back)
    if not folder or f"{posixpath.dirname(file.path)}/".startswith(f"{folder}/"):
        return (line,)
    return f"mkdir -p -- {shlex.quote(folder)}", line


def _dotted(path: str) -> str:
    """Return a path that zsh doesn't expand: an unquoted `=x` is the path of the command x."""
    return f"./{path}" if path[:1] == "=" else path
