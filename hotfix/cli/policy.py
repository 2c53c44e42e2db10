"""`hotfix policy validate|schema|explain`."""

from __future__ import annotations

import sys
from pathlib import Path

from hotfix.cli.errors import FAILED, PASS, CannotGoOn
from hotfix.cli.out import print_json
from hotfix.policy import PATH, Policy, PolicyError, load, schema
from hotfix.policy.explain import explain as settings
from hotfix.policy.explain import sections, written
from hotfix.text.escaping import one_line


def validate(here: Path, file: Path | None) -> int:
    """Print every mistake as `file:line:column: ...`, or that there is none; a clone needs no policy."""
    if file is None and not _of_clone(here).exists():
        print(f"{PATH}: no policy file: the defaults hold.")
        return PASS
    name, text = _read(here, file)
    try:
        load(text, name)
    except PolicyError as error:
        for line in error.lines:
            print(one_line(line))
        return FAILED
    print(f"{name}: the policy is valid.")
    return PASS


def print_schema() -> int:
    print_json(schema())
    return PASS


def explain(here: Path, file: Path | None) -> int:
    """Print every setting; those that the file changes have a `*`."""
    try:
        name, text = _read(here, file)
    except CannotGoOn:
        if file is not None:
            raise
        name, text = "the built-in defaults", b""
    try:
        policy = load(text, name)
    except PolicyError as error:
        for line in error.lines:
            print(one_line(line), file=sys.stderr)
        return FAILED
    changed = _print(policy)
    print(f"\n{name}: {changed} of the settings differ from their defaults{' (marked *)' if changed else ''}.")
    return PASS


def _print(policy: Policy) -> int:
    about, section, changed = sections(), "", 0
    for setting in settings(policy):
        parent = setting.key.rpartition(".")[0]
        if parent != section:
            section = parent
            print(f"\n{section}: {about[section]}" if section else "")
        changed += setting.changed
        print(f"{'*' if setting.changed else ' '} {setting.key}: {one_line(written(setting.value))}")
        default = f" (default: {written(setting.default)})" if setting.changed else ""
        print(f"      {setting.meaning}{default}")
    return changed


def _read(here: Path, file: Path | None) -> tuple[str, bytes]:
    if file is not None and str(file) == "-":
        return "stdin", sys.stdin.buffer.read()
    path = file or _of_clone(here)
    try:
        return str(file or PATH), path.read_bytes()
    except FileNotFoundError:
        raise CannotGoOn(
            f"{file or PATH} is not there; name the file, or do without: every setting has a default "
            "(`hotfix policy explain` prints them)."
        ) from None


def _of_clone(here: Path) -> Path:
    """The policy of the clone that `here` is in, wherever in it that is."""
    for directory in (here, *here.parents):
        if (directory / ".git").exists():
            return directory / PATH
    return here / PATH
