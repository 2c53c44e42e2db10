"""Comparison of the files that a spec names with the files that changed."""

from __future__ import annotations

import pytest

from hotfix import spec
from hotfix.facts import Change, File
from tests.unit.factories import a_file, a_spec


def named(entry: str) -> list[str]:
    text = a_spec().replace("- src/a.py - It is broken", entry)
    return [n.path for n in spec.parse(text).files]


def compared(entries: str, *paths: str) -> tuple[list[str], list[str], list[str]]:
    """Return the unnamed paths, the named but unchanged paths, and the entries that are too wide."""
    parsed = spec.parse(a_spec().replace("- src/a.py - It is broken", entries))
    found = spec.compare(parsed, [a_file(p) for p in paths])
    return list(found.unnamed), [n.path for n in found.unchanged], [n.path for n in found.too_wide]


@pytest.mark.parametrize(
    ("entry", "paths"),
    [
        ("- src/a.py - check", ["src/a.py"]),
        ("- `src/a.py` - check", ["src/a.py"]),
        ("- [src/a.py](../src/a.py) - check", ["src/a.py"]),
        ("- [`src/a.py`](../src/a.py): check", ["src/a.py"]),
        ("- **`src/a.py`** — check", ["src/a.py"]),
        ("* src/a.py: check", ["src/a.py"]),
        ("1. ./src/a.py – check", ["src/a.py"]),
        ("- [ ] src/a.py - check", ["src/a.py"]),
        ("- src/a.py", ["src/a.py"]),
        ("- src/a.py:10-20 - check", ["src/a.py"]),
        ("- src/a\\_b.py - check", ["src/a_b.py"]),
        ("- my file.txt - check", ["my file.txt"]),
        ("- src/a.py, src/b.py - both", ["src/a.py", "src/b.py"]),
        ("- `src/a.py` and `src/b.py` - both", ["src/a.py", "src/b.py"]),
        ("- old.py -> new.py", ["old.py", "new.py"]),
        ("- [src/a.py] - check", ["src/a.py"]),
        ("- [`src/a.py`] - check", ["src/a.py"]),
        ("- [src/a.py], [src/b.py] - both", ["src/a.py", "src/b.py"]),
        ("- [`src/a.py`](https://example.com/a(1)) - check", ["src/a.py"]),
        ("- [`src/a.py`](src/a.py 'The cart') - check", ["src/a.py"]),
        ("- pages/[id].tsx - check", ["pages/[id].tsx"]),
        ("- Makefile", ["Makefile"]),
        ("- src/a.py and src/b.py - both", ["src/a.py", "src/b.py"]),
        ("| File | Change |\n|------|--------|\n| `src/a.py` | check |\n| src/b.py | x |", ["src/a.py", "src/b.py"]),
    ],
)
def test_a_file_can_be_named_in_every_usual_way(entry: str, paths: list[str]) -> None:
    assert named(entry) == paths


def test_the_templates_brackets_around_a_path_do_not_matter() -> None:
    assert spec.check(spec.parse(a_spec().replace("src/a.py", "[src/a.py]")), is_file=True) == ()
    left = spec.check(spec.parse(a_spec().replace("src/a.py", "[file1.ts]")), is_file=True)
    assert [p.message for p in left] == ["Files to Change still holds the placeholder [file1.ts]"]


def test_the_files_named_are_the_files_that_changed() -> None:
    assert compared("- a.py - x\n- b.py - y", "a.py", "b.py") == ([], [], [])
    assert compared("- a.py - x", "a.py", "b.py") == (["b.py"], [], [])
    assert compared("- a.py - x\n- b.py - y", "a.py") == ([], ["b.py"], [])


@pytest.mark.parametrize(
    "entry", ["- src/ - x", "- src - x", "- src/*.py - y", "- **/a.py", "- `s?c/a.py`", "- ./src/"]
)
def test_a_directory_or_a_glob_names_no_file(entry: str) -> None:
    unnamed, _, wide = compared(entry, "src/a.py")
    assert unnamed == ["src/a.py"]
    assert len(wide) == 1


@pytest.mark.parametrize("entry", ["- ** - all", "- **/* - all", "- ./ - all", "- . - all", "- / - all"])
def test_an_entry_that_names_everything_names_nothing(entry: str) -> None:
    unnamed, _, wide = compared(entry, "a.py")
    assert unnamed == ["a.py"]
    assert len(wide) == 1


def test_the_end_of_a_path_is_enough_where_one_file_has_it() -> None:
    assert compared("- a.py", "src/a.py") == ([], [], [])
    assert compared("- a.py", "src/a.py", "lib/a.py") == (["src/a.py", "lib/a.py"], ["a.py"], [])


@pytest.mark.parametrize(
    "section",
    [
        "Only ci.yml changes.",
        "ci.yml",
        "- no change to ci.yml",
        "- do not touch ci.yml",
        "- the pipeline in ci.yml stays",
        "- app.py (see also ci.yml)",
        "- app.py and not ci.yml",
        "- app.py, never ci.yml",
        "- ci.yml - do not touch",
        "- ci.yml - must not be changed by this fix",
        "- ci.yml - don't touch, owned by ops",
        "- ci.yml: unchanged",
        "- ci.yml (out of scope)",
        "- `ci.yml` - left as it is",
        "- ci.yml - for reference",
        "- ci.yml: no changes",
        "- [ci.yml](ci.yml) is not changed",
        "- ~~ci.yml~~ - not after all",
        "- ~~`ci.yml` - x~~",
        "- app.py, ~~ci.yml~~",
        "- <del>ci.yml</del>",
        "- ![ci.yml](x.png)",
        "> - ci.yml - quoted",
        "<!-- - ci.yml - hidden -->",
        "<!--\n\n- ci.yml - hidden\n\n-->",
        "<details hidden>\n\n- ci.yml - hidden\n\n</details>",
        "<div style=display:none>\n\n- ci.yml - hidden\n\n</div>",
        "<details>\n\n- ci.yml - folded away\n\n</details>",
        "<div>\n\n<p>x\n\n- ci.yml\n\n</div>",
        "text <div hidden>\n\n- ci.yml",
        "```\n- ci.yml - x\n```",
        "    - ci.yml - x",
        "- app.py\n  - ci.yml - nested",
        "- Do not touch:\n  - ci.yml",
        "Do not touch:\n\n- ci.yml",
        "### Not to be changed\n- ci.yml",
        "**Out of scope**\n\n* ci.yml",
        "| File | Change |\n|-|-|\n| ci.yml | do not touch |",
        "| File | Change |\n|-|-|\n| see ci.yml | x |",
        "| ci.yml | x |\n|-|-|\n| app.py | y |",
        "- сi.yml - a Cyrillic letter",
        "- ci\u200b.yml - a character of no width",
        "- ci.yml.bak",
        "- ci.yml - will be done in a follow-up",
        "- ci.yml - later",
        "- ci.yml - not needed after all",
        "- ci.yml - stays the same",
        "- ci.yml - same as before",
        "- ci.yml - as is",
        "- ci.yml - nothing to do",
        "- ci.yml - next release",
        "- ci.yml - we decided against it",
        "- ci.yml - considered, then dropped",
        "- ci.yml - deferred",
        "- ci.yml - context only",
        "- ci.yml - FYI",
        "- ci.yml - don\u2019t touch",
        "- ci.yml - hands off",
        "- ci.yml - \u274c",
        "- ci.yml - is not in this PR",
        "Considered, but left out:\n\n- ci.yml",
        "Files that stay the same:\n\n- ci.yml",
        "Also looked at:\n\n- ci.yml",
        "See also:\n\n- ci.yml",
        "These remain as they are:\n\n- ci.yml",
        "### Later\n- ci.yml",
        "### Follow-up\n- ci.yml",
        "### Alternatives considered\n- ci.yml",
        "| File | Change |\n|-|-|\n| ci.yml | - |",
        "| File | Change |\n|-|-|\n| ci.yml | \u274c |",
        "| Unchanged file | Why |\n|-|-|\n| ci.yml | x |",
        "| Do not touch |\n|-|\n| ci.yml |",
    ],
)
def test_only_a_literal_entry_names_a_file(section: str) -> None:
    """Globs, negations, parentheses, prose and text that is not visible on the page name no file."""
    assert "ci.yml" in compared(section, "app.py", "ci.yml")[0]


@pytest.mark.parametrize(
    "entry",
    [
        "- ci.yml - do not run the tests twice",
        "- ci.yml - same fix as in app.py",
        "- ci.yml - same fix",
        "- ci.yml - also",
        "- ci.yml - fix",
        "- ci.yml - revert the change",
        "- ci.yml - reverted",
        "- ci.yml - retry later, after a second",
        "- ci.yml - keep the session alive",
        "- ci.yml - leave the loop early",
        "- ci.yml - the next release needs it: pin the image",
        "These files change:\n\n- ci.yml",
        "### Related to the pipeline\n- ci.yml",
        "| File | Unchanged since |\n|-|-|\n| ci.yml | 2024 |",
        "| File | Change |\n|-|-|\n| ci.yml | \u2705 |",
        "- ci.yml - never cache a token that is not valid",
        "- ci.yml - no longer accept expired sessions",
        "- ci.yml - skip expired sessions",
        "- ci.yml - sessions that are not updated in time expire",
        "- ci.yml - does not need a token any more",
        "Only these files change:\n\n- ci.yml - x",
        "<details><summary>why</summary></details>\n\n- ci.yml - x",
        "List<String> is wrong:\n\n- ci.yml - x",
        "- ci.yml",
        "* [x] `ci.yml` — done",
        "| ci | change |\n|-|-|\n| 1 | ci.yml |",
    ],
)
def test_a_remark_with_a_negation_names_its_file(entry: str) -> None:
    assert compared(entry, "ci.yml")[0] == []


@pytest.mark.parametrize(
    "entry",
    [
        "- src\\a.py - check",
        "- src/a.py -> check",
        "- src/a.py - check\n- no other file",
        "- src/a.py, nothing else",
        "| # | File |\n|:-:|---|\n| 1 | src/a.py |",
    ],
)
def test_words_around_a_path_are_not_files(entry: str) -> None:
    assert compared(entry, "src/a.py") == ([], [], [])


def test_a_table_and_words_before_a_path_claim_files_too() -> None:
    assert compared("|File|Change|\n|-|-|\n|a.py|x|\n|b.py|y|", "a.py") == ([], ["b.py"], [])
    assert compared("- a.py\n- Edit src/b.py", "a.py") == ([], ["Edit src/b.py"], [])


def test_a_renamed_file_is_named_by_its_new_path_or_its_old_one() -> None:
    renamed = File(path="new.py", previous_path="old.py", change=Change.RENAMED, additions=0, deletions=0)
    both = spec.parse(a_spec().replace("src/a.py", "old.py -> new.py"))
    assert spec.compare(both, [renamed]).unchanged == ()
    only_old = spec.parse(a_spec().replace("src/a.py", "old.py"))
    assert spec.compare(only_old, [renamed]) == spec.compare(both, [renamed])
    assert spec.compare(only_old, [renamed, a_file("old.py")]).unnamed == ("new.py",)


def test_the_spec_itself_needs_no_naming() -> None:
    parsed = spec.parse(a_spec())
    files = [a_file("src/a.py"), a_file("specs/hotfix-x.md")]
    assert spec.compare(parsed, files, "specs/hotfix-x.md").unnamed == ()
