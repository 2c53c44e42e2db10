"""Validates exchanges against GitHub's published descriptions. Violations are collected; `waivers` lists exceptions."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from tests.github.schemas import data
from tests.github.schemas.build_openapi import shape
from tests.github.server.routing import Route
from tests.github.waivers import waived

MAX_KEPT = 200
ERROR = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
BEYOND = {"GET /repos/{}/{}/contents", "GET /repos/{}/{}/contents/", "POST /graphql"}
"""Routes that GitHub supports but doesn't describe."""


@cache
def _rest() -> dict[str, Any]:
    described: dict[str, Any] = data("rest.json")
    return described


@cache
def _hooks() -> dict[str, Any]:
    described: dict[str, Any] = data("webhooks.json")
    return described


def _needed(definitions: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return the definitions that a schema references: compiling all of them for each schema would be slow."""
    found: dict[str, Any] = {}
    todo = [schema]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found[name] = definitions[name]
                todo.append(definitions[name])
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return found


@cache
def _compiled(kind: str, name: str, status: str = "") -> Draft202012Validator | None:
    described = _hooks() if kind == "webhook" else _rest()
    if kind == "webhook":
        schema = described["events"].get(name)
    elif kind == "request":
        schema = described["operations"][name]["body"]
    else:
        schema = described["operations"][name]["responses"].get(status)
    if schema is None:
        return None
    whole = {"$defs": _needed(described["definitions"], schema), "allOf": [schema]}
    return Draft202012Validator(whole, validate_formats=True)


def compile_all() -> None:
    """Compile all schemas, so that forked processes need not."""
    for event in _hooks()["events"]:
        _compiled("webhook", event)
    for name, operation in _rest()["operations"].items():
        _compiled("request", name)
        for status in operation["responses"]:
            _compiled("response", name, status)


@cache
def _error() -> Draft202012Validator:
    return Draft202012Validator(ERROR)


@cache
def _known_fields(name: str) -> frozenset[str] | None:
    """Return the allowed fields of a request body; None if any are allowed."""
    schema = _rest()["operations"][name]["body"]
    found: set[str] = set()
    todo = [schema]
    while todo:
        one = todo.pop()
        if not isinstance(one, dict) or one.get("additionalProperties"):
            return None
        if "$ref" in one:
            todo.append(_rest()["definitions"][one["$ref"].rpartition("/")[2]])
        elif any(key in one for key in ("anyOf", "allOf")):
            found |= one.get("properties", {}).keys()
            todo += [o for key in ("anyOf", "allOf") for o in one.get(key, [])]
        elif "properties" in one:
            found |= one["properties"].keys()
    return frozenset(found)


def _unwaived(where: str, error: ValidationError) -> list[tuple[str, str]]:
    """Return the location and message of each error; of alternatives, the closest match."""
    at, message = "".join(f"/{part}" for part in error.instance_path), error.message[:300]
    if waived(where, at, message):
        return []
    alternatives = getattr(error.kind, "context", None)
    if alternatives:
        return min(([found for inner in one for found in _unwaived(where, inner)] for one in alternatives), key=len)
    return [(at, message)]


class Validator:
    def __init__(self, violations: list[str]) -> None:
        self._violations = violations

    def _broken(self, where: str, at: str, message: str) -> None:
        if not waived(where, at, message) and len(self._violations) < MAX_KEPT:
            self._violations.append(f"{where}: {at or '/'}: {message}")

    def _check(self, validator: Draft202012Validator, where: str, body: Any) -> None:
        if not validator.is_valid(body):
            for error in validator.iter_errors(body):
                for at, message in _unwaived(where, error):
                    self._broken(where, at, message)

    def request(self, route: Route, body: Any, query: dict[str, str]) -> None:
        """Validate a request: an unknown parameter or field is an error, like an invalid value."""
        name = f"{route.method} {shape(route.template)}"
        described = _rest()["operations"].get(name)
        where = f"request {name}"
        if described is None:
            if name not in BEYOND:
                self._broken(where, "", "GitHub's description has no such operation; run schemas/build.py")
            return
        for key in query.keys() - described["query"].keys():
            self._broken(where, f"/?{key}", "is not a parameter of the operation")
        if body is None:
            if described["body_required"]:
                self._broken(where, "", "the body is missing")
            return
        validator = _compiled("request", name)
        if validator is None:
            if body:
                self._broken(where, "", "the operation takes no body")
            return
        self._check(validator, where, body)
        known = _known_fields(name)
        if known is not None and isinstance(body, dict):
            for key in body.keys() - known:
                self._broken(where, f"/{key}", "is not a field of the operation")

    def response(self, route: Route, status: int, body: Any) -> None:
        """Validate a response of the simulator."""
        name = f"{route.method} {shape(route.template)}"
        described = _rest()["operations"].get(name)
        if described is None:
            return
        where = f"response {name} {status}"
        if status >= 400:
            self._check(_error(), where, body)
            return
        if str(status) not in described["responses"]:
            self._broken(where, "", f"GitHub answers {', '.join(described['responses'])}")
            return
        validator = _compiled("response", name, str(status))
        if validator is not None:
            self._check(validator, where, body)
        elif body not in (None, {}):
            self._broken(where, "", "the answer has no body")

    def webhook(self, event: str, payload: dict[str, Any]) -> None:
        action = payload.get("action")
        name = f"{event}.{action}" if action else event
        validator = _compiled("webhook", name)
        if validator is None:
            validator = _compiled("webhook", event)
        where = f"webhook {name}"
        if validator is None:
            self._broken(where, "", "GitHub's description has no such event; run schemas/build.py")
            return
        self._check(validator, where, payload)
