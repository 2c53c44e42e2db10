"""The GraphQL endpoint."""

from __future__ import annotations

from typing import Any

from tests.github.server.graphql.context import Context
from tests.github.server.graphql.engine import run
from tests.github.server.routing import Problem, Request, route

BY = ("user", "installation", "actions")


@route("POST", "/graphql", who=BY)
def graphql(call: Request) -> dict[str, Any]:
    query = call.body.get("query")
    if not isinstance(query, str):
        raise Problem(400, "A query attribute must be specified and must be a string.")
    context = Context(call.world, call.actor, call.world.violations)
    body = run(context, query, call.body.get("variables"), call.body.get("operationName"))
    if "data" not in body:
        said = "; ".join(error["message"] for error in body["errors"])
        context.violations.append(f"GraphQL: a query that GitHub would refuse: {said}")
    return body
