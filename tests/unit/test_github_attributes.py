"""`.gitattributes` read as git reads it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix.github.attributes import GENERATED, VENDORED, parse

ATTRIBUTES = """\
# what tools write
*.min.js linguist-generated
dist/** linguist-generated=true
/build/* linguist-generated
third_party/** linguist-vendored
third_party/ours/** -linguist-vendored
docs/**/api.md linguist-generated=false
"with space/*.txt" linguist-generated
gen[0-9].py linguist-generated
odd\\*name linguist-generated
vendor linguist-vendored
lib/ linguist-vendored
*.pb.go text linguist-generated -diff
keep.pb.go !linguist-generated
"""
PATHS = [
    "a.min.js",
    "deep/er/a.min.js",
    "dist/a.js",
    "dist/b/c.js",
    "x/dist/a.js",
    "build/x",
    "build/y/x",
    "third_party/a.c",
    "third_party/ours/a.c",
    "docs/api.md",
    "docs/v1/v2/api.md",
    "with space/a.txt",
    "gen7.py",
    "genx.py",
    "odd*name",
    "oddXname",
    "vendor/a.c",
    "vendor",
    "lib/a.c",
    "p/x.pb.go",
    "keep.pb.go",
]


def test_says_the_same_as_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitattributes").write_text(ATTRIBUTES)
    for attribute in (GENERATED, VENDORED):
        command = ["git", "-C", str(tmp_path), "check-attr", "-z", attribute, "--", *PATHS]
        words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        git = {words[i]: words[i + 2] in ("set", "true") for i in range(0, len(words) - 2, 3)}
        assert {path: parse(ATTRIBUTES).has(path, attribute) for path in PATHS} == git


@given(st.text(alphabet="*?[]!^-\\/ab \"'#\n=", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    parse(f"{text} linguist-generated\n").has("a/b", GENERATED)


@pytest.mark.parametrize("path", ["a" * 5000, "\udcff/x"])
def test_no_path_breaks_it(path: str) -> None:
    assert parse("*a* linguist-generated").has(path, GENERATED) is (path[0] == "a")
