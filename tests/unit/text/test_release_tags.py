"""The production tag among all tags: correct, or unknown with the candidates named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotfix.production.release_tags import TagChoice, choose

START = datetime(2026, 1, 1, tzinfo=UTC)


def chosen(*history: str, globs: Sequence[str] = ("*",), **options: Any) -> TagChoice:
    """Choose among tags of a linear history, oldest first; `a=b` puts two tags on one commit."""
    tags = {tag: str(at) for at, names in enumerate(history) for tag in names.split("=")}
    dates = {tag: START + timedelta(days=7 * int(sha)) for tag, sha in tags.items()}

    def descendants(commit: str, others: Sequence[str]) -> list[str]:
        return [other for other in others if int(other) > int(commit)]

    found = choose(tags, globs, descendants, **options)
    assert choose(tags, globs, descendants, dates=dates, **options) == found
    return found


@pytest.mark.parametrize(
    ("history", "tag"),
    [
        (["v1.2.3", "v1.9.9", "v1.10.0", "v1.10.1-hotfix.1", "v2.0.0-rc.1", "nightly"], "v1.10.1-hotfix.1"),
        (["26.1.2", "26.2"], "26.2"),
        (["26.1", "26.2", "26.3rc1"], "26.2"),
        (["2023.12.31", "2024.01.15"], "2024.01.15"),
        (["1.2.3.9", "1.2.3.10"], "1.2.3.10"),
        (["release-5.3.0", "release-5.3.1"], "release-5.3.1"),
        (["app/v1.2.2", "app/v1.2.3"], "app/v1.2.3"),
        (["pkg@1.2.2", "pkg@1.2.3", "pkg@1.3.0-beta.1"], "pkg@1.2.3"),
        (["1.0.0", "v1.1.0"], "v1.1.0"),
        (["v1", "v1.1.0", "v1.2.0=v2"], "v1.2.0"),
        (["REL_1_0", "v2.0.0"], "v2.0.0"),
        (["5.0.0.CR1", "5.0.0.Final", "5.1.0.Alpha1"], "5.0.0.Final"),
        (["v2.0.0-beta", "v2.0.0-rc.1"], "v2.0.0-rc.1"),
        (["v1.0.0=1.0.0"], "v1.0.0"),
    ],
)
def test_the_highest_release_is_chosen(history: list[str], tag: str) -> None:
    assert chosen(*history) == TagChoice(tag=tag)


@pytest.mark.parametrize(
    ("history", "candidates"),
    [
        (["1.3.0", "release-5.3.1"], ["1.3.0", "release-5.3.1"]),
        (["lib@9.0.0", "app@1.2.3"], ["lib@9.0.0", "app@1.2.3"]),
        (["app@1.2.3", "lib@9.0.0"], ["lib@9.0.0", "app@1.2.3"]),
        (["docs-v9.0.0", "v1.2.3"], ["docs-v9.0.0", "v1.2.3"]),
        (["v1.2.3", "REL_16_1"], ["REL_16_1", "v1.2.3"]),
        (["v1.2.3", "2026-01-15"], ["2026-01-15"]),
        (["v1.2.3", "release20260115"], ["release20260115"]),
        (["v1.2.3", "v2026w03"], ["v2026w03"]),
        (["v1.2.3", "2026Q1"], ["2026Q1"]),
        (["v1.2.3", "Build124"], ["Build124"]),
        (["v1.2.3", "jdk8u392-b08"], ["jdk8u392-b08"]),
        (["release20260101", "release20260115"], ["release20260115", "release20260101"]),
        (["v1.2.3", "v1.2.3-p1"], ["v1.2.3-p1"]),
        (["v1.2.3", "v1.2.4-0"], ["v1.2.4-0"]),
        (["2023.12.1", "v1.0.0"], ["v1.0.0", "2023.12.1"]),
        (["9.0", "8.5.1"], ["8.5.1"]),
        (["v1.0.0", "1.0.0"], ["v1.0.0", "1.0.0"]),
        (["REL_16_1"], ["REL_16_1"]),
        (["v3", "v4"], ["v3", "v4"]),
        (["3.7", "3.7a", "3.7b"], ["3.7a", "3.7b"]),
        (["2025a", "2025b"], ["2025a", "2025b"]),
        (["v1.2.3", "v1.2.3-hotfix.1"], ["v1.2.3-hotfix.1", "v1.2.3"]),
        (["v1.9.0", "v11.0.0", "v1.10.1"], ["v1.10.1", "v11.0.0"]),
        (["v2023.1.0", "v1.0.0"], ["v1.0.0", "v2023.1.0"]),
        (["v1.2.3+build9", "v1.2.3+build10"], ["v1.2.3+build9", "v1.2.3+build10"]),
        ([*(f"REL_{n}_1" for n in range(9, 17)), "REL_16_2"], ["REL_16_2", "REL_16_1"]),
        (["1.2.3-app", "1.2.3-lib"], ["1.2.3-app", "1.2.3-lib"]),
        (["go/v1.2.3", "v1.2.3"], ["go/v1.2.3", "v1.2.3"]),
        (["20240115", "20240116"], ["20240116"]),
        (["1.3.0", "parent-5.4.0"], ["1.3.0", "parent-5.4.0"]),
        (["rel/2.26.1", "log4j-2.13.3"], ["rel/2.26.1", "log4j-2.13.3"]),
    ],
)
def test_doubtful_tags_are_named_and_none_is_chosen(history: list[str], candidates: list[str]) -> None:
    found = chosen(*history)
    assert found.tag == ""
    assert all(tag in found.problem for tag in candidates), found.problem


def test_globs_settle_which_tags_releases_get() -> None:
    history = ["lib@9.0.0", "app@1.2.3", "v1.0.0", "REL_16_1"]
    assert chosen(*history, globs=["app@*"]).tag == "app@1.2.3"
    assert chosen(*history, globs=["*", "!lib@*", "!app@*", "!REL*"]).tag == "v1.0.0"
    assert chosen(*history, globs=["none-*"]) == TagChoice()


def test_without_any_version_there_is_no_choice_and_no_problem() -> None:
    assert chosen("latest", "nightly") == TagChoice()


def test_hotfix_tags_in_the_team_s_own_format_count() -> None:
    own = "{prefix}{major}.{minor}.{patch}-hf.{n}"
    assert chosen("v1.2.3", "v1.2.4-hf.12", tag_format=own).tag == "v1.2.4-hf.12"
    assert "v1.2.4-hf.12" in chosen("v1.2.3", "v1.2.4-hf.12").problem


def test_the_latest_release_is_chosen_before_a_higher_tag() -> None:
    """A higher tag that is not a descendant is on another line; a descendant was created after the release."""
    assert chosen("v1.3.0-rc.1", "v1.2.3", released="v1.2.3").tag == "v1.2.3"
    assert chosen("v5.0.0", "v1.2.3", released="v1.2.3").tag == "v1.2.3"
    assert "v5.0.0" in chosen("v1.2.3", "v5.0.0", released="v1.2.3").problem
    assert chosen("v1.2.3+1", "v1.2.3+2", released="v1.2.3+2").tag == "v1.2.3+2"


def test_a_release_of_an_older_line_is_not_a_doubt() -> None:
    """v1.9.1 was created later, on a branch that doesn't contain v2.0.0."""
    tags = {"v1.9.0": "1", "v2.0.0": "2", "v1.9.1": "3"}
    dates = {tag: START + timedelta(days=int(sha)) for tag, sha in tags.items()}
    assert choose(tags, ("*",), lambda *_: ()).tag == "v2.0.0"
    assert choose(tags, ("*",), lambda *_: (), dates=dates).tag == "v2.0.0"


def test_releases_before_the_chosen_one_are_not_asked_about() -> None:
    """Each comparison is a request; the dates make most of them unnecessary."""
    tags = {f"v1.{n}.0": str(n) for n in range(200)}
    dates = {tag: START + timedelta(minutes=int(sha)) for tag, sha in tags.items()}

    def descendants(commit: str, others: Sequence[str]) -> Sequence[str]:
        raise AssertionError(others)

    assert choose(tags, ("*",), descendants, dates=dates).tag == "v1.199.0"


@pytest.mark.parametrize(
    ("hotfix_day", "merged", "tag"),
    [(9, False, ""), (9, True, "v1.3.0"), (3, False, "v1.3.0")],
    ids=["made since", "made since, and contained", "made before"],
)
def test_a_hotfix_of_an_older_release_makes_a_newer_unknown(hotfix_day: int, merged: bool, tag: str) -> None:
    """It was cut from the running version, so an earlier release that doesn't contain it was not deployed then."""
    tags = {"v1.2.3": "a", "v1.3.0": "b", "v1.2.4-hotfix.1": "h", "v1.2.4": "o"}
    days = {"v1.2.3": 1, "v1.3.0": 5, "v1.2.4-hotfix.1": hotfix_day, "v1.2.4": 2}
    dates = {tag: START + timedelta(days=day) for tag, day in days.items()}

    def descendants(commit: str, others: Sequence[str]) -> list[str]:
        return ["b"] if merged and commit == "h" else []

    found = choose(tags, ("*",), descendants, dates=dates)
    assert found.tag == tag
    assert ("v1.2.4-hotfix.1 was made after v1.3.0" in found.problem) is not bool(tag)
    assert choose(tags, ("*",), descendants, dates=dates, released="v1.3.0").tag == "v1.3.0", "people said so"
