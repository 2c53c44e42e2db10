"""`.gitattributes` is interpreted as git does."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfix.text import gitattributes
from tests.git.clone import Clone

NAMES = ("a", "b", "ab", "x.js", "a]")
PATHS = ["/".join(parts) for depth in (1, 2, 3) for parts in product(NAMES, repeat=depth)]

segments = st.sampled_from(
    ["a", "b", "ab", "*", "**", "?", "a*", "*b", "[ab]", "[!a]", "[a-b]*", "*.js", "x\\.js", "a**b"]
)
patterns = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "", "/", "!"]),
    st.lists(segments, min_size=1, max_size=3),
    st.sampled_from(["", "", "", "/"]),
)
words = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-", "!"]),
    st.just(gitattributes.GENERATED),
    st.sampled_from(["", "=true", "=false"]),
) | st.sampled_from(["text linguist-generated", "linguist-vendored"])
files = st.lists(st.tuples(patterns, words).map(" ".join), min_size=1, max_size=4).map("\n".join)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone.init(tmp_path_factory.mktemp("attributes"))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(root=files, below=files)
def test_the_same_files_are_generated(repo: Clone, root: str, below: str) -> None:
    texts = {".gitattributes": root, "a/.gitattributes": below}
    for name, text in texts.items():
        (repo.path / name).parent.mkdir(exist_ok=True)
        (repo.path / name).write_text(text + "\n")
    asked = "\0".join(PATHS).encode() + b"\0"

    out = repo.git("check-attr", "-z", "--stdin", gitattributes.GENERATED, stdin=asked)

    fields = out.split("\0")
    gits = {path for path, value in zip(fields[::3], fields[2::3], strict=False) if value in ("set", "true")}
    assert {path for path in PATHS if gitattributes.is_set(gitattributes.GENERATED, path, texts)} == gits


def test_macros_quotes_and_comments() -> None:
    lines = ["# no", "[attr]made linguist-generated text", "*.gen made", '"with space/*" linguist-vendored']
    texts = {".gitattributes": "\n".join([*lines, "\\#odd linguist-vendored"])}

    assert gitattributes.is_set(gitattributes.GENERATED, "src/a.gen", texts)
    assert gitattributes.is_set(gitattributes.VENDORED, "with space/a", texts)
    assert gitattributes.is_set(gitattributes.VENDORED, "#odd", texts)
    assert not gitattributes.is_set(gitattributes.VENDORED, "src/a.gen", texts)


def test_where_the_files_are() -> None:
    assert list(gitattributes.files_for("a/b/c.py")) == [".gitattributes", "a/.gitattributes", "a/b/.gitattributes"]
    assert Path(next(gitattributes.files_for("c.py"))).name == gitattributes.FILE
