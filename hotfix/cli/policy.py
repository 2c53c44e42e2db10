"""Run `hotfix policy validate | schema | explain`."""

from __future__ import annotations

import difflib
import sys
import textwrap
from pathlib import Path

from hotfix.cli.console.exit_status import FAILED, PASS, CommandError
from hotfix.cli.console.printing import print_json
from hotfix.policy import PATH, Policy, PolicyError, load, schema
from hotfix.policy.explain import by_purpose, sections, written
from hotfix.policy.explain import explain as settings
from hotfix.text.escaping import one_line

_WIDTH = 80


def validate(here: Path, file: Path | None) -> int:
    """Print every mistake as `file:line:column: ...`, or that the policy is valid, and return the exit status.

    A clone without a policy is valid.
    """
    if file is None and not _of_clone(here).exists():
        print(f"There is no {PATH} here: the defaults apply.")
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


def explain(here: Path, what: str | None, file: Path | None) -> int:
    """Print every setting, or those of a rule or section, marking those that the file changes with `*`.

    `what` may also be the policy file, if no rule or section has that name.
    """
    about = sections()
    section = next((key for key in (what, f"rules.{what}") if key in about), None)
    if what is not None and section is None:
        if file is not None or not _is_file(what):
            rules = ", ".join(key.removeprefix("rules.") for key in about if key.startswith("rules."))
            near = difflib.get_close_matches(what, [key.removeprefix("rules.") for key in about], 1)
            meant = f"did you mean {near[0]}? The" if near else "the"
            raise CommandError(f"there is no rule, section or file {what}; {meant} rules are {rules}.")
        file = Path(what)
    try:
        name, text = _read(here, file)
    except CommandError:
        if file is not None:
            raise
        name, text = "the built-in defaults", b""
    try:
        policy = load(text, name)
    except PolicyError as error:
        for line in error.lines:
            print(one_line(line), file=sys.stderr)
        return FAILED
    changed = _print(policy, section)
    which = "these" if section else "the"
    print(f"\n{name}: {changed} of {which} settings differ from their defaults{' (marked *)' if changed else ''}.")
    return PASS


def _is_file(what: str) -> bool:
    return what == "-" or Path(what).exists() or "/" in what or what.endswith((".yml", ".yaml"))


def _print(policy: Policy, only: str | None) -> int:
    about, section, changed, first = sections(), "", 0, True
    for setting in settings(policy):
        parent = setting.key.rpartition(".")[0]
        if only and f"{parent}.".partition(f"{only}.")[0]:
            continue
        if parent != section:
            section = parent
            if not first:
                print()
            if section:
                print(_wrapped(f"{section}: {about[section]}", "  "))
        first = False
        changed += setting.changed
        mark = "*" if setting.changed else " "
        if groups := by_purpose(setting):
            print(f"{mark} {setting.key}:")
            for purpose, globs in groups.items():
                print(_wrapped(f"    {purpose}: {one_line(written(globs)).strip('[]')}", " " * 8))
        else:
            print(_wrapped(f"{mark} {setting.key}: {one_line(written(setting.value))}", " " * 6))
        default = f" (default: {written(setting.default)})" if setting.changed and not groups else ""
        print(_wrapped(f"      {setting.meaning}{default}", " " * 6))
    return changed


def _wrapped(text: str, hang: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)


def _read(here: Path, file: Path | None) -> tuple[str, bytes]:
    if file is not None and str(file) == "-":
        return "stdin", sys.stdin.buffer.read()
    path = file or _of_clone(here)
    try:
        return str(file or PATH), path.read_bytes()
    except FileNotFoundError:
        raise CommandError(
            f"{file or PATH} does not exist: name another file, or none: every setting has a default "
            "(`hotfix policy explain` prints them)."
        ) from None


def _of_clone(here: Path) -> Path:
    """Return the path of the policy in the clone that contains `here`."""
    for directory in (here, *here.parents):
        if (directory / ".git").exists():
            return directory / PATH
    return here / PATH
