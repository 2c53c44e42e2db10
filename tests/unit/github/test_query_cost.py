"""The rate limit cost of a query: one point of the 5,000 per hour for every hundred connections it may have to read."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, IntValueNode, parse

from hotfix.github.read.pull import pull_queries


def points(query: str) -> float:
    """Return the points as GitHub calculates them: a connection is read once per item of the connections around it."""
    document = parse(query)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def lists(node: Any, times: int) -> int:
        if isinstance(node, FragmentSpreadNode):
            return lists(fragments[node.name.value], times)
        count = 0
        if isinstance(node, FieldNode):
            sizes = [a.value for a in node.arguments or () if a.name.value in ("first", "last")]
            if sizes:
                count += times
                times *= int(sizes[0].value) if isinstance(sizes[0], IntValueNode) else 100
        inner = node.selection_set.selections if node.selection_set else ()
        return count + sum(lists(each, times) for each in inner)

    operation = next(d for d in document.definitions if d.kind == "operation_definition")
    return lists(operation, 1) / 100


@pytest.mark.parametrize(
    ("query", "most"),
    [
        pytest.param(pull_queries.PULL_AT_ONCE, 4, id="evaluating a pull request"),
        pytest.param(pull_queries.OPEN_PULLS, 7, id="a hundred pull requests of a sweep"),
    ],
)
def test_a_query_takes_few_of_the_hours_points(query: str, most: float) -> None:
    assert points(query) <= most
