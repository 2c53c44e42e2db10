"""Durations in user input."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix.text.durations import parse, text


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("10m", 10),
        ("4h", 240),
        ("1h30m", 90),
        ("1h 30m", 90),
        ("2d", 2880),
        ("1w", 10080),
        ("90s", 1.5),
        ("1.5h", 90),
        ("1m 500ms", 1 + 1 / 120),
    ],
)
def test_a_duration_with_its_unit(written: str, minutes: float) -> None:
    assert parse(written) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "written", [10, "10", "", " ", "m", "0m", "1m1h", "-5m", "367d", "9999999d", "1.h", ".5h", None, True]
)
def test_anything_else_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(ValueError, match=r"10m|366d"):
        parse(written)


@given(st.integers(1, 366 * 86_400))
def test_what_is_shown_can_be_read_again(seconds: int) -> None:
    assert parse(text(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
