"""Run `hotfix policy validate | schema | explain`."""

from __future__ import annotations

import difflib
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from hotfix.cli.console.exit_status import FAILED, PASS, CommandError
from hotfix.cli.console.printing import print_json
from hotfix.policy import PATH, Policy, PolicyError, load, schema
from hotfix.policy.explain import Setting, by_purpose, sections, written
from hotfix.policy.explain import explain as settings
from hotfix.text.escaping import one_line

_WIDTH = 80
_FEW = 3
"""Maximum number of items of a list that the overview shows."""


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


def explain(here: Path, what: str | None, file: Path | None, *, everything: bool = False) -> int:
    """Print an overview of the policy; or the settings of a rule or section, or every one, with their meaning.

    Settings that the file changes are marked with `*`. `what` may also be one setting, or the policy file, if no rule
    or section has that name.
    """
    about = sections()
    known = {*about, *(setting.key for setting in settings(Policy()))}
    only = next((key for key in (what, f"rules.{what}") if key in known), None)
    if what is not None and only is None:
        if file is not None or not _is_file(what):
            rules = ", ".join(key.removeprefix("rules.") for key in about if key.startswith("rules."))
            others = ", ".join(key for key in about if "." not in key)
            near = difflib.get_close_matches(what, [key.removeprefix("rules.") for key in about], 1)
            meant = f"did you mean {near[0]}? The" if near else "the"
            raise CommandError(
                f"there is no rule, section or file {what}; {meant} rules are {rules}; the sections are {others}."
            )
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
    shown = [setting for setting in settings(policy) if only is None or f"{setting.key}.".startswith(f"{only}.")]
    if only or everything:
        _print_in_full(shown)
    else:
        _print_overview(shown)
    changed = sum(setting.changed for setting in shown)
    which = "these" if only else "the"
    differ = "differs from its default" if changed == 1 else "differ from their defaults"
    print(f"\n{name}: {changed} of {which} settings {differ}{' (marked *)' if changed else ''}.")
    return PASS


def _is_file(what: str) -> bool:
    return what == "-" or Path(what).exists() or "/" in what or what.endswith((".yml", ".yaml"))


def _print_overview(shown: list[Setting]) -> None:
    """Print a line per rule with its effective settings, one per section, and the settings that the file changes."""
    groups: dict[str, list[Setting]] = {}
    for setting in shown:
        first, _, rest = setting.key.partition(".")
        groups.setdefault(f"{first}.{rest.partition('.')[0]}" if first == "rules" else first, []).append(setting)
    about = sections()
    print("Rules:")
    for name, own in groups.items():
        if name.startswith("rules."):
            print(_overview_line(name.removeprefix("rules."), own, ", ".join(filter(None, map(_briefly, own)))))
    print("\nOther settings:")
    for name, own in groups.items():
        if not name.startswith("rules."):
            print(_overview_line(name, own, about.get(name) or written(own[0].value)))
    if changed := [setting for setting in shown if setting.changed]:
        print("\nChanged:")
        for setting in changed:
            print(_wrapped(f"* {setting.key}: {one_line(_value(setting))}{_default(setting)}", " " * 6))
    print("\n`hotfix policy explain NAME` explains a rule or section, `--all` everything.")


def _overview_line(name: str, own: Iterable[Setting], words: str) -> str:
    mark = "*" if any(setting.changed for setting in own) else " "
    start = f"{mark} {name:<16} "
    return start + textwrap.shorten(one_line(words), _WIDTH - len(start), placeholder=" ...")


def _briefly(setting: Setting) -> str:
    """Return a setting of a rule in a few words: its value, or the number of its items; empty if it is unset."""
    name = setting.key.rpartition(".")[2]
    if isinstance(setting.value, list) and len(setting.value) > _FEW:
        return f"{name}: {len(setting.value)} items"
    value = _value(setting)
    return "" if value == "unset" else value if name == "level" else f"{name}: {value}"


def _print_in_full(shown: list[Setting]) -> None:
    about, section = sections(), ""
    for position, setting in enumerate(shown):
        parent = setting.key.rpartition(".")[0]
        if parent != section:
            section = parent
            if position:
                print()
            if section:
                print(_wrapped(f"{section}: {about[section]}", "  "))
        mark = "*" if setting.changed else " "
        if groups := by_purpose(setting):
            print(f"{mark} {setting.key}:")
            for purpose, globs in groups.items():
                print(_wrapped(f"    {purpose}: {one_line(written(globs)).strip('[]')}", " " * 8))
        else:
            print(_wrapped(f"{mark} {setting.key}: {one_line(_value(setting))}", " " * 6))
        print(_wrapped(f"      {setting.meaning}{'' if groups else _default(setting)}", " " * 6))


def _value(setting: Setting) -> str:
    """Return the value as it would stand in the file; `[]` or `{}` if the file empties it."""
    return str(setting.value) if setting.changed and setting.value in ([], {}) else written(setting.value)


def _default(setting: Setting) -> str:
    return f" (default: {written(setting.default)})" if setting.changed else ""


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
            "(`hotfix policy explain --all` prints them)."
        ) from None


def _of_clone(here: Path) -> Path:
    """Return the path of the policy in the clone that contains `here`."""
    for directory in (here, *here.parents):
        if (directory / ".git").exists():
            return directory / PATH
    return here / PATH
