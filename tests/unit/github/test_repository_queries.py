"""Queries contain the fragments that they use, and long lists are read page by page."""

from __future__ import annotations

from typing import Any

from hotfix.github.read.repository_queries import Fragments, pages, portions

COMMON = Fragments("fragment Name on User { login }\n")
OWN = Fragments(
    """
fragment Pull on PullRequest { author { ...Name } ... on Node { id } }
fragment Unused on Issue { number }
""",
    COMMON,
)
LIST = ["a", "b", "c", "d", "e"]


def page(start: int, **info: Any) -> dict[str, Any]:
    return {"nodes": LIST[start : start + 2], "pageInfo": info}


def test_a_query_takes_the_fragments_that_it_uses() -> None:
    """GitHub refuses a query with a fragment that it does not use."""
    query = OWN.query("query { repository { pullRequest { ...Pull } } }\n")
    assert query.count("fragment Pull") == query.count("fragment Name") == 1
    assert "Unused" not in query


def test_a_page_is_read_only_when_it_is_needed() -> None:
    asked: list[str | None] = []

    def read(after: str | None) -> dict[str, Any]:
        asked.append(after)
        at = int(after or 0)
        return page(at, hasNextPage=at < 4, endCursor=str(at + 2))

    found = pages(read)
    assert next(found)["nodes"] == ["a", "b"]
    assert asked == [None]
    assert [each["nodes"] for each in found] == [["c", "d"], ["e"]]
    assert asked == [None, "2", "4"]


def test_a_list_read_from_its_end_is_continued_backwards() -> None:
    first = page(3, hasPreviousPage=True, startCursor="3")
    earlier = {
        "3": page(1, hasPreviousPage=True, startCursor="1"),
        "1": page(0, hasPreviousPage=False, startCursor="0"),
    }
    assert [each["nodes"][0] for each in pages(lambda before: earlier[before or ""], first)] == ["d", "b", "a"]


def test_the_last_portion_holds_what_is_left() -> None:
    assert portions(LIST, 2) == [["a", "b"], ["c", "d"], ["e"]]
    assert portions([], 2) == []
