"""Tags as versions, and the next tag."""

from __future__ import annotations

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from hotfix.production.versions import Version, format_problem, highest, is_version_like, next_hotfix_tag

prefixes = st.sampled_from(["", "v", "app-", "release/", "pkg@", "v2-app-"])
numbers = st.integers(0, 30)
cores = st.builds("{}.{}.{}".format, numbers, numbers, numbers)
pre = st.one_of(
    st.just(""),
    st.builds("-hotfix.{}".format, st.integers(1, 20)),
    st.sampled_from(["-rc.1", "-alpha", "-beta.2.x", "-0", "-hotfix", "-zz.9"]),
)
tags = st.builds("{}{}{}".format, prefixes, cores, pre)


def parsed(tag: str) -> Version:
    version = Version.parse(tag)
    assert version is not None
    return version


@pytest.mark.parametrize(
    ("tag", "prefix", "version"),
    [
        ("v1.2.3", "v", "1.2.3"),
        ("1.2.3", "", "1.2.3"),
        ("app-1.2.3", "app-", "1.2.3"),
        ("app2-1.2.3", "app2-", "1.2.3"),
        ("release/1.2.3", "release/", "1.2.3"),
        ("@acme/pkg@1.2.3-rc.1+b.5", "@acme/pkg@", "1.2.3-rc.1+b.5"),
        ("v1.2.4-hotfix.1", "v", "1.2.4-hotfix.1"),
    ],
)
def test_a_tag_is_a_version_with_any_prefix(tag: str, prefix: str, version: str) -> None:
    assert (parsed(tag).prefix, str(parsed(tag).strict)) == (prefix, version)


@pytest.mark.parametrize(
    ("tag", "prefix", "numbers"),
    [
        ("26.2", "", (26, 2)),
        ("1.2.3.4", "", (1, 2, 3, 4)),
        ("2024.01.15", "", (2024, 1, 15)),
        ("v01.2.3", "v", (1, 2, 3)),
        ("release-5.3", "release-", (5, 3)),
        ("app/v1.2", "app/v", (1, 2)),
        ("5.0.0.Final", "", (5, 0, 0)),
        ("24.1b1", "", (24, 1)),
        ("python3.8-1.2.3", "python3.8-", (1, 2, 3)),
        ("python3.8-1.2", "python3.8-", (1, 2)),
    ],
)
def test_versions_that_are_not_semver_are_read(tag: str, prefix: str, numbers: tuple[int, ...]) -> None:
    """Real projects use two or four numbers, leading zeros, calendar versions and final qualifiers."""
    assert (parsed(tag).prefix, parsed(tag).numbers) == (prefix, numbers)


@pytest.mark.parametrize("tag", ["", "latest", "v12", "1.2.3.4.5", "v1.2.3-", "v1.2.٣", "9" * 300, "REL_16_1"])
def test_a_tag_that_does_not_read_as_a_version(tag: str) -> None:
    assert Version.parse(tag) is None


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *((tag, True) for tag in ("REL_16_1", "v255", "build-12", "2026-01-15", "curl-8_5_0")),
        *((tag, False) for tag in ("latest", "k8s-demo", "nightly", "f" * 40)),
    ],
)
def test_tags_that_might_name_a_release(tag: str, expected: bool) -> None:
    assert is_version_like(tag) is expected


@pytest.mark.parametrize(
    "order",
    [
        ["26.1.2", "26.2rc9", "26.2rc10", "26.2", "26.2-hotfix.1", "26.2.1", "26.10"],
        ["2023.12.31", "2024.01.15", "2024.01.15-hotfix.2", "2024.02.01"],
        ["1.2.3", "1.2.3.4", "1.2.3.10", "1.2.4"],
        ["5.0.0.Alpha1", "5.0.0.CR1", "5.0.0.Final", "5.0.0.Final-hotfix.1", "5.0.1.Final"],
    ],
)
def test_versions_that_are_not_semver_sort_by_numbers(order: list[str]) -> None:
    assert [v.tag for v in sorted(map(parsed, reversed(order)))] == order


@pytest.mark.parametrize(
    ("tag", "family"),
    [
        ("v1.2.3", ""),
        ("1.2.3", ""),
        ("app-1.2.3", "app"),
        ("app/v1.2.3", "app"),
        ("@a/pkg@1.0.0", "@a/pkg"),
        ("dev1.2.3", "dev"),
        ("Release-1.0", "release"),
    ],
)
def test_a_prefix_names_the_family_of_a_tag(tag: str, family: str) -> None:
    assert parsed(tag).family == family


def test_a_hotfix_sorts_between_two_releases() -> None:
    order = ["1.2.3", "v1.2.4-hotfix.1", "1.2.4-hotfix.2", "v1.2.4-hotfix.10", "1.2.4"]

    assert [v.tag for v in sorted(map(parsed, reversed(order)))] == order


@pytest.mark.parametrize(
    ("production", "existing", "expected"),
    [
        ("v1.2.3", [], "v1.2.4-hotfix.1"),
        ("v1.2.3", ["v1.2.4-hotfix.1", "v1.2.4-hotfix.9"], "v1.2.4-hotfix.10"),
        ("v1.2.4-hotfix.1", [], "v1.2.4-hotfix.2"),
        ("app-1.2.3", ["v1.2.4-hotfix.1"], "app-1.2.4-hotfix.1"),
        ("v1.2.3+build.7", [], "v1.2.4-hotfix.1"),
        ("v2.0.0-rc.1", [], "v2.0.0-rc.1.hotfix.1"),
        ("v2.0.0-rc.1.hotfix.1", [], "v2.0.0-rc.1.hotfix.2"),
        ("26.2", [], "26.2-hotfix.1"),
        ("26.2-hotfix.1", ["26.2-hotfix.7"], "26.2-hotfix.8"),
        ("2024.01.15", ["2024.01.15-hotfix.1"], "2024.01.15-hotfix.2"),
        ("1.2.3.4", [], "1.2.3.4-hotfix.1"),
        ("app@1.2.3", [], "app@1.2.4-hotfix.1"),
        ("5.0.0.Final", [], "5.0.0.Final-hotfix.1"),
        ("REL_16_1", [], "REL_16_1-hotfix.1"),
        ("REL_16_1-hotfix.1", ["REL_16_1-hotfix.3"], "REL_16_1-hotfix.4"),
        ("release/26.2", ["26.2-hotfix.4", "release/26.2-hotfix.x"], "release/26.2-hotfix.1"),
        ("v1.2.3.4-hotfix.9", [], "v1.2.3.4-hotfix.10"),
        ("1.2.3-p1", [], "1.2.3-p1.hotfix.1"),
        ("1.2rc1", [], "1.2rc1-hotfix.1"),
        ("v1.2.3", ["v1.2.4-hotfix.2+b.5", "v1.2.4-hotfix.-3", "v1.2.4-hotfix.3a"], "v1.2.4-hotfix.3"),
        ("v1.2.4-hotfix.01", [], "v1.2.4-hotfix.01-hotfix.1"),
        ("v1.2.4-hotfix.01-hotfix.1", [], "v1.2.4-hotfix.01-hotfix.2"),
        ("2024.01.15.hotfix.1", [], "2024.01.15.hotfix.2"),
    ],
)
def test_the_next_hotfix_tag(production: str, existing: list[str], expected: str) -> None:
    assert next_hotfix_tag(production, existing) == expected


def test_a_tag_format_of_ones_own() -> None:
    of_ones_own = "{prefix}{major}.{minor}.{patch}-patch.{n}"

    assert next_hotfix_tag("v1.2.3", ["v1.2.4-patch.1"], of_ones_own) == "v1.2.4-patch.2"
    assert next_hotfix_tag("v1.2.4-patch.2", [], of_ones_own) == "v1.2.4-patch.3"
    assert next_hotfix_tag("v1.2.3", [], "{prefix}{major}.{minor}.{patch}") == "v1.2.4"
    with pytest.raises(ValueError, match="leads to no tag"):
        next_hotfix_tag("v1.2.3", ["v1.2.4"], "{prefix}{major}.{minor}.{patch}")


@pytest.mark.parametrize(
    "tag_format",
    [
        "hotfix-{n}",
        "{x}",
        "{",
        "{0}",
        "{prefix.__class__}",
        "{n!r}",
        "{prefix}{major}.{minor}.{patch}-fix",
        "v9.9.9-hotfix.{n}",
        "hot fix {major}.{minor}.{patch}-hotfix.{n}",
        "x..{major}.{minor}.{patch}-hotfix.{n}",
        "a//{major}.{minor}.{patch}-hotfix.{n}",
        "-{major}.{minor}.{patch}-hotfix.{n}",
    ],
)
def test_a_format_that_leads_nowhere_is_refused(tag_format: str) -> None:
    assert format_problem(tag_format)
    with pytest.raises(ValueError, match=r"write|add"):
        next_hotfix_tag("v1.2.3", [], tag_format)


def test_no_tag_follows_what_is_not_a_version() -> None:
    with pytest.raises(ValueError, match="latest does not read as a version"):
        next_hotfix_tag("latest", [])


@given(tags, st.lists(tags, max_size=8))
def test_the_next_tag_lies_between_production_and_the_next_patch(production: str, existing: list[str]) -> None:
    now = parsed(production)

    following = next_hotfix_tag(production, existing)

    assert following not in {*existing, production}
    assert following.startswith(now.prefix)
    strict, found = now.strict, parsed(following).strict
    assert strict is not None
    assert found is not None
    patch = strict.finalize_version() if strict.prerelease else strict.bump_patch()
    assert strict < found < patch


@given(
    st.builds(
        "{}{}{}".format,
        prefixes,
        st.lists(st.sampled_from(["0", "1", "03", "12", "2026"]), min_size=2, max_size=4).map(".".join),
        st.sampled_from(["", ".Final", "rc1", "-p1", "-1", "-hotfix.01", ".hotfix.2", "-hotfix.7", "-rc.1.hotfix.3"]),
    ),
    st.integers(1, 6),
)
def test_hotfixes_of_odd_versions_rise_as_well(production: str, count: int) -> None:
    made = [production]
    for _ in range(count):
        made.append(next_hotfix_tag(made[-1], made))

    assert len(set(made)) == count + 1
    if Version.parse(production):
        versions = [parsed(tag) for tag in made]
        assert versions == sorted(set(versions))
        assert all(version.is_hotfix for version in versions[1:])


@given(tags, st.integers(1, 6))
def test_hotfixes_one_after_another_rise(production: str, count: int) -> None:
    made = [production]
    for _ in range(count):
        made.append(next_hotfix_tag(made[-1], made))

    versions = [parsed(tag) for tag in made]
    assert versions == sorted(versions)
    assert len(set(made)) == count + 1


@given(st.lists(tags, min_size=1, max_size=10))
def test_the_highest_is_at_least_as_high_as_every_other(some: list[str]) -> None:
    top = highest(some, ["**"])

    assert top in some
    assert all(parsed(top or "") >= parsed(tag) for tag in some)


@given(tags)
def test_a_tag_is_its_prefix_and_its_version(tag: str) -> None:
    version = parsed(tag)

    assert version.prefix + str(version.strict) == tag


@given(st.text("v0123.-+a/", max_size=12))
def test_any_text_is_a_version_or_none(tag: str) -> None:
    version = Version.parse(tag)

    assert version is None or not version.strict or semver.Version.is_valid(tag.removeprefix(version.prefix))
