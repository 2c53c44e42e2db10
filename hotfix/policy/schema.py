"""Generate the policy's JSON Schema from the models."""

from __future__ import annotations

from typing import Any

from hotfix.policy.model import Policy

_SHARED = frozenset({"#/$defs/PlaybookSection"})
"""Definitions that several settings use, each with defaults of its own."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) for editors, with descriptions, defaults and allowed values."""
    made = Policy.model_json_schema(by_alias=True)
    definitions = made.pop("$defs")
    rules = _target(made["properties"]["rules"], definitions)["properties"]
    for rule_id, described in rules.items():
        options = _target(described, definitions)
        level = dict(options["properties"]["level"])
        if "$ref" in level:
            level = {"enum": _target(level, definitions)["enum"]}
        rules[rule_id] = {"anyOf": [{"$ref": described["$ref"]}, level], **_words(described)}
        del described["$ref"]
    _settle(made, definitions, Policy().model_dump(mode="json", by_alias=True))
    for definition in definitions.values():
        _without_titles(definition)
        _one_or_more(definition)
    _without_titles(made)
    return {"$schema": _DIALECT, "title": "The hotfix policy (.github/hotfix.yml)", **made, "$defs": definitions}


def allowed(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand in the mapping at this path; empty if any may, or none."""
    at: Any = Policy
    for step in path:
        if isinstance(step, int) or not hasattr(at, "model_fields"):
            return []
        at = next((f.annotation for name, f in at.model_fields.items() if (f.alias or name) == step), None)
    if not hasattr(at, "model_fields"):
        return []
    return [field.alias or name for name, field in at.model_fields.items()]


def _target(described: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definitions[described["$ref"].rpartition("/")[2]]
    return found


def _words(described: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if key == "description"}


def _settle(described: dict[str, Any], definitions: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Write the defaults as they would stand in the file (`4h`, not ISO 8601)."""
    for key, value in described.get("properties", {}).items():
        if key not in defaults:
            continue
        reference = value if "$ref" in value else next((v for v in value.get("anyOf", []) if "$ref" in v), None)
        if reference is not None and isinstance(defaults[key], dict):
            if reference["$ref"] in _SHARED:
                value["default"] = defaults[key]
                continue
            _settle(_target(reference, definitions), definitions, defaults[key])
        elif defaults[key] is None:
            value.pop("default", None)
        else:
            value["default"] = defaults[key]


def _without_titles(described: Any) -> None:
    """Remove pydantic's titles: Python names help no one."""
    if isinstance(described, dict):
        if isinstance(described.get("title"), str):
            del described["title"]
        for value in described.values():
            _without_titles(value)
    elif isinstance(described, list):
        for value in described:
            _without_titles(value)


def _one_or_more(definition: dict[str, Any]) -> None:
    """Allow a list of one to be written as the one value."""
    for described in definition.get("properties", {}).values():
        if described.get("type") == "array":
            array = {key: described.pop(key) for key in list(described) if key not in ("default", "description")}
            described["anyOf"] = [array.get("items") or array["prefixItems"][0], array]
