"""Tags as versions, and the tag that comes next."""

from __future__ import annotations

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from hotfix.production.versions import Version, format_problem, highest, next_hotfix_tag, production_tag

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
def test_a_tag_reads_as_a_version_whatever_stands_before(tag: str, prefix: str, version: str) -> None:
    assert (parsed(tag).prefix, str(parsed(tag).semver)) == (prefix, version)


@pytest.mark.parametrize(
    "tag", ["", "latest", "v1.2", "1.2.3.4", "2026.01.15", "v1.2.3-", "v01.2.3", "v1.2.٣", "9" * 300]
)
def test_a_tag_that_is_no_version(tag: str) -> None:
    assert Version.parse(tag) is None


def test_a_hotfix_sorts_between_two_releases() -> None:
    order = ["1.2.3", "v1.2.4-hotfix.1", "1.2.4-hotfix.2", "v1.2.4-hotfix.10", "1.2.4"]

    assert [v.tag for v in sorted(map(parsed, reversed(order)))] == order


def test_the_production_tag_is_the_highest_release_or_hotfix() -> None:
    tags = ["v1.2.3", "v1.10.0", "v1.9.9", "v1.10.1-hotfix.1", "v2.0.0-rc.1", "nightly"]

    assert production_tag(tags) == "v1.10.1-hotfix.1"
    assert highest(tags) == "v2.0.0-rc.1"
    assert production_tag(tags, ["v1.9.*"]) == "v1.9.9"
    assert production_tag(["v2.0.0-rc.1"]) == "v2.0.0-rc.1"
    assert production_tag(["nightly"]) is None
    assert (
        production_tag(["v1.2.3", "v1.2.4-hf.12"], tag_format="{prefix}{major}.{minor}.{patch}-hf.{n}")
        == "v1.2.4-hf.12"
    )


def test_a_part_s_own_tags_are_not_what_runs_in_production_unless_globs_name_them() -> None:
    tags = ["v1.2.3", "1.1.0", "docs-v9.0.0", "helm-chart-3.0.0"]

    assert production_tag(tags) == highest(tags) == "v1.2.3"
    assert production_tag(tags, ["docs-*", "v*"]) == "docs-v9.0.0"
    assert production_tag(tags, ["*", "!docs-*"]) == "helm-chart-3.0.0"
    assert production_tag(tags[2:]) == "docs-v9.0.0"
    assert production_tag(["v2.0.0-rc.1", "docs-v9.0.0"]) == "v2.0.0-rc.1"


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


def test_no_tag_follows_what_is_no_version() -> None:
    with pytest.raises(ValueError, match="latest does not read as a version"):
        next_hotfix_tag("latest", [])


@given(tags, st.lists(tags, max_size=8))
def test_the_next_tag_is_new_and_lies_between_production_and_the_next_patch(
    production: str, existing: list[str]
) -> None:
    now = parsed(production)

    following = next_hotfix_tag(production, existing)

    assert following not in {*existing, production}
    assert following.startswith(now.prefix)
    patch = now.semver.finalize_version() if now.semver.prerelease else now.semver.bump_patch()
    assert now.semver < parsed(following).semver < patch


@given(tags, st.integers(1, 6))
def test_hotfixes_one_after_another_rise(production: str, count: int) -> None:
    made = [production]
    for _ in range(count):
        made.append(next_hotfix_tag(made[-1], made))

    versions = [parsed(tag).semver for tag in made]
    assert versions == sorted(versions)
    assert len(set(made)) == count + 1


@given(st.lists(tags, min_size=1, max_size=10))
def test_the_highest_is_at_least_as_high_as_every_other(some: list[str]) -> None:
    top = highest(some, ["**"])

    assert top in some
    assert all(parsed(top or "") >= parsed(tag) for tag in some)
    assert production_tag(some) in some


@given(tags)
def test_a_tag_is_its_prefix_and_its_version(tag: str) -> None:
    version = parsed(tag)

    assert version.prefix + str(version.semver) == tag


@given(st.text("v0123.-+a/", max_size=12))
def test_any_text_is_a_version_or_none(tag: str) -> None:
    version = Version.parse(tag)

    assert version is None or semver.Version.is_valid(tag.removeprefix(version.prefix))
