"""Converts GitHub's REST and webhook descriptions to JSON Schemas without prose."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

JSON = dict[str, Any]
KEPT_KEYS = {
    "type", "properties", "required", "items", "enum", "additionalProperties", "anyOf", "oneOf", "allOf", "not",
    "format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "const", "$ref",
    "prefixItems", "minProperties", "maxProperties", "patternProperties",
}  # fmt: skip
FORMATS = {"date-time", "uri", "email"}


def plain(schema: Any) -> Any:
    """Convert an OpenAPI schema to JSON Schema 2020-12: expand `nullable`, relax `oneOf` (alternatives overlap)."""
    if not isinstance(schema, dict):
        return schema
    out: JSON = {}
    for key, value in schema.items():
        if key not in KEPT_KEYS or (key == "format" and value not in FORMATS):
            continue
        if key in ("properties", "patternProperties"):
            out[key] = {name: plain(inner) for name, inner in value.items()}
        elif key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            out["anyOf" if key == "oneOf" else key] = [plain(inner) for inner in value]
        elif key in ("items", "additionalProperties", "not"):
            out[key] = plain(value)
        elif key == "$ref":
            out[key] = "#/$defs/" + value.rpartition("/")[2]
        else:
            out[key] = value
    if schema.get("nullable"):
        if isinstance(out.get("type"), str):
            out["type"] = [out["type"], "null"]
            if "enum" in out and None not in out["enum"]:
                out["enum"] = [*out["enum"], None]
        else:
            out = {"anyOf": [out, {"type": "null"}]}
    return out


def _refs(schema: Any, into: set[str]) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            into.add(schema["$ref"].rpartition("/")[2])
        for value in schema.values():
            _refs(value, into)
    elif isinstance(schema, list):
        for value in schema:
            _refs(value, into)


def _definitions(described: JSON, used: Any) -> JSON:
    """Return all schemas that `used` references, directly or indirectly."""
    every = described["components"]["schemas"]
    found: JSON = {}
    todo: set[str] = set()
    _refs(used, todo)
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = plain(every[name])
            _refs(found[name], todo)
    return found


def _follow(described: JSON, node: JSON) -> JSON:
    while "$ref" in node:
        target: Any = described
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@cache
def shape(template: str) -> str:
    """Return a path template without parameter names."""
    return re.sub(r"\{[^}]*\}", "{}", template)


def _json(content: JSON | None) -> Any:
    for kind in ("application/json", "application/vnd.github.v3.star+json"):
        if content and kind in content:
            return plain(content[kind]["schema"])
    return None


def rest(described: JSON) -> JSON:
    """Return the operations that the simulated GitHub routes, by `METHOD /path/{}`."""
    from tests.github.server import rest as routes
    from tests.github.server.routing import ROUTER

    routes.load()
    operations: JSON = {}
    by_shape = {shape(path): item for path, item in described["paths"].items()}
    missing = []
    for route in ROUTER.all():
        item = by_shape.get(shape(route.template), {})
        said = item.get(route.method.lower())
        if said is None:
            missing.append(f"{route.method} {route.template}")
            continue
        given = [_follow(described, p) for p in [*item.get("parameters", []), *said.get("parameters", [])]]
        body = _follow(described, said["requestBody"]) if "requestBody" in said else {}
        responses = {status: _follow(described, answer) for status, answer in said["responses"].items()}
        operations[f"{route.method} {shape(route.template)}"] = {
            "query": {p["name"]: plain(p["schema"]) for p in given if p["in"] == "query"},
            "body": _json(body.get("content")),
            "body_required": bool(body.get("required")),
            "responses": {status: _json(answer.get("content")) for status, answer in responses.items()},
        }
    print("not in GitHub's description:", ", ".join(missing) or "none")
    return {"operations": operations, "definitions": _definitions(described, operations)}


def webhooks(described: JSON) -> JSON:
    """Return the events that the simulated GitHub can send, by `event.action` or `event`."""
    from tests.github.server.events import ALWAYS, NEEDS

    sent = {*ALWAYS, *NEEDS, "label", "member"}
    events: JSON = {}
    for item in described["webhooks"].values():
        post = item["post"]
        event = post["operationId"].partition("/")[0].replace("-", "_")
        if event in sent:
            events[post["operationId"].replace("-", "_").replace("/", ".")] = _json(post["requestBody"]["content"])
    return {"events": events, "definitions": _definitions(described, events)}
