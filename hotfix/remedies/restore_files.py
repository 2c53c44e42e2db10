"""Write the git commands that take files out of a hotfix without losing what is in them."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable

from hotfix.facts import Change, Facts, File

AMEND = "git commit --amend --no-edit --allow-empty"
"""`--allow-empty` because the last commit may hold nothing but what is taken out."""
_MESSAGE = "taken out of the hotfix"


def commands(facts: Facts, files: Iterable[File]) -> tuple[str, ...]:
    """Return the shell lines that put files back as they are in production; none if production is unknown.

    Only the index goes back to the production tag; the stash then takes what the work tree has besides. So neither
    committed nor uncommitted edits are ever lost: `git stash pop` brings them back.
    """
    paths = [path for file in files for path in _paths(file)]
    return _commands(facts, (), paths)


def keeping_edits(facts: Facts, files: Iterable[File]) -> tuple[str, ...]:
    """Return the shell lines that undo the moves among the files, keeping their edits, and put the others back."""
    moved: list[File] = []
    others: list[File] = []
    for file in files:
        is_moved = file.change is Change.RENAMED and file.previous_path
        (moved if is_moved else others).append(file)
    return _commands(facts, [line for file in moved for line in _move_back(file)], [file.path for file in others])


def chosen_hunks(facts: Facts, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the shell lines that ask for each hunk whether it goes back to production; none if that is unknown."""
    return _commands(facts, (), list(paths), "--patch ")


def pathspecs(paths: Iterable[str]) -> str:
    """Return paths as quoted arguments that git takes literally: `[id].ts` is a file, not a glob.

    zsh takes an argument that begins with `=` and isn't quoted for a command's path.
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


def _paths(file: File) -> tuple[str, ...]:
    if file.change is Change.RENAMED and file.previous_path:
        return file.path, file.previous_path
    return (file.path,)


def _move_back(file: File) -> tuple[str, ...]:
    """Return commands that move files back.

    `git mv` takes uncommitted edits along, and refuses to overwrite anything.
    """
    back = file.previous_path or ""
    line = f"git mv -- {shlex.quote(_dotted(file.path))} {shlex.quote(_dotted(back))}"
    folder = posixpath.dirname(back)
    if not folder or f"{posixpath.dirname(file.path)}/".startswith(f"{folder}/"):
        return (line,)
    return f"mkdir -p -- {shlex.quote(folder)}", line


def _dotted(path: str) -> str:
    """Return a path that zsh doesn't expand: unquoted, `=x` is the path of a command."""
    return f"./{path}" if path[:1] == "=" else path
