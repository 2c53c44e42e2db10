"""User-written globs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from hotfix.text.globs import PatternError, Patterns, matches, matches_branch, problem

MATCH = [
    ("*.js", "a/b.js"),
    ("*", "a/b"),
    ("**", "a/b/c"),
    ("src", "src/a/b"),
    ("src", "a/src"),
    ("vendor/", "a/vendor/b"),
    ("docs/*", "docs/a"),
    ("docs/**", "docs/a/b"),
    ("/docs", "docs/a"),
    ("**/foo", "foo"),
    ("**/foo", "a/b/foo"),
    ("a/**/b", "a/b"),
    ("a/**/b", "a/x/y/b"),
    ("services/*-auth", "services/my-auth/main.go"),
    ("a?c", "abc"),
    ("[a-c]x", "bx"),
    ("[!a]b", "cb"),
    ("[]a]x", "]x"),
    ("\\*", "*"),
    ("é*", "él"),
    ("{{x}}", "{{x}}"),
    ("a\nb", "a\nb"),
    ("a.c", "a.c"),
    ("a***c", "abc"),
    ("a\\**c", "a*bc"),
    ("[[]a", "[a"),
    ("x[*]", "x*"),
    ("*-?", "é-ß"),
]
NO_MATCH = [
    ("*.js", "a.jsx"),
    ("/vendor/", "a/vendor/b"),
    ("vendor/", "vendor"),
    ("docs/*", "docs/a/b"),
    ("docs/**", "docs"),
    ("src/a", "x/src/a"),
    ("a?c", "a/c"),
    ("[!a]b", "/b"),
    ("a.c", "abc"),
    ("\\*", "a"),
    ("src", "srcs/a"),
    ("SRC", "src"),
]


@pytest.mark.parametrize(("pattern", "path"), MATCH)
def test_a_pattern_that_matches(pattern: str, path: str) -> None:
    assert matches([pattern], path)


@pytest.mark.parametrize(("pattern", "path"), NO_MATCH)
def test_a_pattern_that_does_not_match(pattern: str, path: str) -> None:
    assert not matches([pattern], path)


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = ("*.sql", "!schema.sql", "db/schema.sql")

    assert [matches(patterns, path) for path in ("a.sql", "schema.sql", "x/schema.sql", "db/schema.sql")] == [
        True,
        False,
        False,
        True,
    ]
    assert not matches((), "a")


def test_case_can_be_ignored() -> None:
    assert matches(["auth/"], "src/Auth/x.py", ignore_case=True)
    assert matches(["Keys"], "KEY\u017f", ignore_case=True)
    assert matches(["\u00c9t\u00e9"], "\u00e9T\u00c9", ignore_case=True)
    assert not matches(["stra\u00dfe"], "STRASSE", ignore_case=True)


def test_an_invalid_pattern_is_reported_for_any_name() -> None:
    """Expressions are compiled when a name contains their literal text; a mistake must not depend on the name."""
    with pytest.raises(PatternError):
        matches(["[z-a]keys", "*"], "a")


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("hotfix/*", "hotfix/a", True),
        ("hotfix/*", "hotfix/a/b", True),
        ("hotfix/*", "hotfix", False),
        ("hotfix/*", "my/hotfix/a", False),
        ("main", "main", True),
        ("main", "main/a", False),
        ("main", "x/main", False),
        ("*", "release/1.2", True),
        ("v*", "v1.2.3", True),
        ("v*", "v1/2", False),
        ("release/*/fix", "release/1/fix", True),
        ("release/*/fix", "release/1/2/fix", False),
        ("**", "a/b", True),
    ],
)
def test_names_of_branches_and_tags_match_as_a_whole(pattern: str, name: str, expected: bool) -> None:
    assert matches_branch([pattern], name) is expected


@pytest.mark.parametrize("pattern", ["", "/", "!", "a[", "a\\", "[z-a]", "*.{js,ts}", "a" * 1001, "\ud800", "a\0b"])
def test_a_broken_pattern_says_what_is_wrong(pattern: str) -> None:
    assert problem(pattern)
    with pytest.raises(PatternError):
        matches([pattern], "a")


def test_a_model_refuses_a_broken_pattern() -> None:
    """A single pattern is read as a list of one."""

    class Model(BaseModel):
        paths: Patterns

    assert Model.model_validate({"paths": "src/**"}).paths == ("src/**",)
    with pytest.raises(ValidationError, match="braces"):
        Model.model_validate({"paths": ["*.{js,ts}"]})


def test_a_pattern_made_to_backtrack_ends() -> None:
    """A backtracking matcher would run practically forever."""
    assert not matches(["*a" * 450 + "b", f"**/{'?*' * 400}x"], "a" * 20_000)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_pattern_has_a_problem_or_matches(pattern: str, path: str) -> None:
    if problem(pattern) is None:
        matches([pattern], path)
        matches_branch([pattern], path)


@given(st.lists(st.text("ab.-_", min_size=1, max_size=5), min_size=1, max_size=4).map("/".join))
def test_a_plain_path_matches_itself_and_all_that_is_below(path: str) -> None:
    assert matches([path], path)
    assert matches([path], f"{path}/below")
    assert matches([f"/{path}"], path)
    assert not matches([f"/{path}"], f"x/{path}")
