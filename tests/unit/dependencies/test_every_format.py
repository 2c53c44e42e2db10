"""Every format: exactly the changes are found, layout and order are ignored, and no text causes an error."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hotfix.dependencies import is_manifest
from hotfix.dependencies.file_comparison import compare_texts
from hotfix.dependencies.package_change import ChangeKind, Unreadable
from tests.unit.dependencies.manifest_writers import FORMATS, Format, Pins
from tests.unit.dependencies.test_each_format import read_text

names = st.text("abcdefghij", min_size=2, max_size=6).map(lambda name: f"p{name}")
versions = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).map(lambda v: ".".join(map(str, v)))
wanted = st.dictionaries(names, versions, min_size=1, max_size=6)
formats = pytest.mark.parametrize("format", FORMATS, ids=lambda format: f"{format.path} ({format.write.__name__})")


def why_unreadable(path: str, text: str) -> str | None:
    try:
        read_text(path, text)
    except Unreadable as error:
        return error.reason
    return None


few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@formats
@few
@given(before=wanted, after=wanted, seed=st.integers(0, 2**32))
def test_exactly_the_dependencies_that_changed_are_found(format: Format, before: Pins, after: Pins, seed: int) -> None:
    # Half of them stay unchanged.
    after = {**after, **dict(list(before.items())[::2])}
    random = Random(seed)
    found = compare_texts(format.path, format.write(before, random), format.write(after, random))
    expected = {
        (ChangeKind.CHANGED, format.name(n), format.version(before[n]), format.version(after[n]))
        for n in before.keys() & after.keys()
        if before[n] != after[n]
    }
    expected |= {
        (ChangeKind.REMOVED, format.name(n), format.version(before[n]), "") for n in before.keys() - after.keys()
    }
    expected |= {(ChangeKind.ADDED, format.name(n), "", format.version(after[n])) for n in after.keys() - before.keys()}
    assert {(c.kind, c.name, c.before, c.after) for c in found} == expected
    assert len(found) == len(expected)


@formats
@few
@given(wanted=wanted, seed=st.integers(0, 2**32), other=st.integers(0, 2**32))
def test_order_layout_and_the_own_version_are_not_a_change(format: Format, wanted: Pins, seed: int, other: int) -> None:
    assert compare_texts(format.path, format.write(wanted, Random(seed)), format.write(wanted, Random(other))) == []


@formats
@few
@given(wanted=wanted, seed=st.integers(0, 2**32))
def test_each_dependency_stands_on_the_line_that_is_named(format: Format, wanted: Pins, seed: int) -> None:
    text = format.write(wanted, Random(seed))
    lines = text.replace("\r\n", "\n").split("\n")
    known = {format.name(name): name for name in wanted}
    found = [each for each in read_text(format.path, text).dependencies if each.name in known]
    assert {known[each.name] for each in found} == set(wanted)
    for dependency in found:
        near = "\n".join(lines[max(dependency.line - 4, 0) : dependency.line + 2]).lower()
        assert known[dependency.name] in near


@formats
@few
@given(data=st.data(), wanted=wanted)
def test_broken_texts_raise_nothing_but_unreadable(format: Format, data: st.DataObject, wanted: Pins) -> None:
    text = format.write(wanted, Random(1))
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    noise = data.draw(st.text("\"'{}[]()<>=:,@#\\/*$ \n\r\t-ab1\x00\ud800é", max_size=8))
    reason = why_unreadable(format.path, text[:at] + noise + text[at + cut :])
    assert reason is None or (reason and "\n" not in reason)


@formats
@settings(max_examples=5, deadline=None)
@given(text=st.text(max_size=60))
@example("[" * 50_000)
@example('{"a":' * 50_000)
@example("a: &a [*a]")
@example("a." * 20_000 + "a = 1")
@example('"a\\' * 20_000)
@example("<a>" * 20_000)
def test_any_text_raises_nothing_but_unreadable(format: Format, text: str) -> None:
    assert why_unreadable(format.path, text) != ""


@pytest.mark.parametrize("path", sorted({format.path for format in FORMATS}))
def test_every_format_is_known_by_its_path(path: str) -> None:
    assert is_manifest(path)
