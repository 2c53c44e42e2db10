"""Parses, validates and executes queries as GitHub does."""

from __future__ import annotations

from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInt,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.github.schemas import text
from tests.github.server.graphql.context import Context, Refused
from tests.github.server.routing import Problem

MAX_CACHED = 200


class Unknown(Exception):
    """A field of GitHub's schema that the simulator doesn't implement."""


def _whole(number: Any) -> int:
    """Return an integer beyond GraphQL's 32 bits, such as a check run's ID, as GitHub does."""
    return int(number)


@cache
def schema() -> GraphQLSchema:
    GraphQLInt.coerce_output_value = _whole
    return build_schema(text("graphql.sdl"), assume_valid=True, assume_valid_sdl=True)


_parsed: dict[str, tuple[DocumentNode | None, list[GraphQLError]]] = {}


def prepared(query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    found = _parsed.get(query)
    if found is None:
        try:
            document = parse(query, no_location=False)
        except GraphQLError as error:
            found = (None, [error])
        else:
            found = (document, validate(schema(), document))
        if len(_parsed) > MAX_CACHED:
            _parsed.clear()
        _parsed[query] = found
    return found


def _field(source: Any, info: GraphQLResolveInfo[Context], **args: Any) -> Any:
    name = info.field_name
    if isinstance(source, dict):
        if name not in source:
            raise Unknown(f"{info.parent_type.name}.{name}")
        value = source[name]
    else:
        value = getattr(source, name, _MISSING)
        if value is _MISSING:
            raise Unknown(f"{info.parent_type.name}.{name}")
    _bounds(info, args)
    return value(**args) if callable(value) else value


_MISSING = object()


def _bounds(info: GraphQLResolveInfo[Context], args: dict[str, Any]) -> None:
    """Refuse a connection without `first` or `last`, or with more than 100."""
    if "first" not in info.parent_type.fields[info.field_name].args:
        return
    first, last = args.get("first"), args.get("last")
    where = info.field_name
    if first is None and last is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{where}` connection."
        raise Refused("MISSING_PAGINATION_BOUNDARIES", message)
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= 100:
            message = (
                f"Requesting {number} records on the `{where}` connection exceeds the `{name}` limit of 100 records."
            )
            raise Refused("EXCESSIVE_PAGINATION", message)


def _type(value: Any, info: GraphQLResolveInfo[Context], abstract: Any) -> str:
    name = value["__typename"] if isinstance(value, dict) else value.typename
    return str(name)


def run(context: Context, query: str, variables: dict[str, Any] | None, operation: str | None) -> dict[str, Any]:
    """Execute a query and return the response body."""
    document, errors = prepared(query)
    if document is None or errors:
        return {"errors": [_shown(error) for error in errors]}
    from tests.github.server.graphql.roots import Root

    result = execute_sync(
        schema(), document, Root(context), context_value=context, variable_values=variables, operation_name=operation,
        field_resolver=_field, type_resolver=_type,
    )  # fmt: skip
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
