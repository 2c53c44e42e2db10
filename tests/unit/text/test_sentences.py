"""Sentences begin with a capital letter; names keep their case."""

from __future__ import annotations

import pytest

from app.web.pages.rendering import sentence
from hotfix.text.sentences import capitalized


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("the branch is wrong", "The branch is wrong"),
        ("hotfix/payments was cut from v1.2.3", "hotfix/payments was cut from v1.2.3"),
        ("src/session.js changed without a test", "src/session.js changed without a test"),
        ("tara has not approved 1234567", "tara has not approved 1234567"),
        ("makefile changed without a test", "makefile changed without a test"),
        ("mia-b asks for changes", "mia-b asks for changes"),
        ("", ""),
    ],
)
def test_a_sentence_that_begins_with_a_name_keeps_it(words: str, shown: str) -> None:
    names = ("tara", "makefile")
    assert capitalized(words, names) == sentence(words, names) == shown
