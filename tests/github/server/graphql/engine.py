"""Parses, validates and executes queries as GitHub does."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLInt,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

from tests.github.schemas import text
from tests.github.server.graphql.context import Context, Refused
from tests.github.server.graphql.executor import Plans, QueryExecutor, Unknown
from tests.github.server.routing import Problem

MAX_CACHED = 200


def _whole(number: Any) -> int:
    """Return an integer beyond GraphQL's 32 bits, such as a check run's ID, as GitHub does."""
    return int(number)


@cache
def schema() -> GraphQLSchema:
    GraphQLInt.coerce_output_value = _whole
    return build_schema(text("graphql.sdl"), assume_valid=True, assume_valid_sdl=True)


class Prepared(NamedTuple):
    """A query that has been parsed and validated."""

    document: DocumentNode | None
    errors: list[GraphQLError]
    plans: Plans


_prepared: dict[str, Prepared] = {}


def prepared(query: str) -> Prepared:
    found = _prepared.get(query)
    if found is None:
        try:
            document = parse(query, no_location=False)
        except GraphQLError as error:
            found = Prepared(None, [error], {})
        else:
            found = Prepared(document, validate(schema(), document), {})
        if len(_prepared) > MAX_CACHED:
            _prepared.clear()
        _prepared[query] = found
    return found


def run(context: Context, query: str, variables: dict[str, Any] | None, operation: str | None) -> dict[str, Any]:
    """Execute a query and return the response body."""
    document, errors, plans = prepared(query)
    if document is None or errors:
        return {"errors": [_shown(error) for error in errors]}
    from tests.github.server.graphql.roots import Root

    executor = QueryExecutor.build(schema(), document, Root(context), context, variables, operation, plans=plans)
    result = ExecutionResult(None, executor) if isinstance(executor, list) else executor.execute_operation()
    assert isinstance(result, ExecutionResult)
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_shown(error) for error in result.errors]
        for error in result.errors:
            if isinstance(error.original_error, Unknown):
                context.violations.append(
                    f"GraphQL: the simulator has no answer for {error.original_error}: "
                    "add it to tests/github/server/graphql/"
                )
            elif error.original_error and not isinstance(error.original_error, Refused | Problem):
                context.violations.append(f"GraphQL: {error.path}: {error.original_error!r}")
    return body


def _shown(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error.message}
    if isinstance(error.original_error, Refused):
        shown["type"] = error.original_error.kind
    elif isinstance(error.original_error, Problem):
        shown["type"] = {404: "NOT_FOUND", 403: "FORBIDDEN", 422: "UNPROCESSABLE"}.get(
            error.original_error.status, "INTERNAL"
        )
        shown["message"] = error.original_error.body["message"]
    if error.path:
        shown["path"] = error.path
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return shown
