"""Builds the example payloads of `@octokit/webhooks-examples`, each with whether it satisfies GitHub's schema."""

from __future__ import annotations

from typing import Any

from jsonschema_rs import Draft202012Validator

JSON = dict[str, Any]
NEWER = '"has_discussions" is a required property'
"""A repository field added since the examples were recorded; examples without it are still valid."""


def examples(published: list[JSON], described: JSON) -> list[JSON]:
    from tests.github.schemas.build_openapi import plain

    definitions = {name: plain(schema) for name, schema in described["components"]["schemas"].items()}
    schemas: dict[str, Any] = {}
    for item in described["webhooks"].values():
        post = item["post"]
        name = post["operationId"].replace("-", "_").replace("/", ".")
        schemas[name] = plain(post["requestBody"]["content"]["application/json"]["schema"])
    checks: dict[str, Draft202012Validator] = {}
    found = []
    for event in published:
        for payload in event["examples"]:
            action = payload.get("action")
            name = f"{event['name']}.{action}" if f"{event['name']}.{action}" in schemas else event["name"]
            valid = False
            if name in schemas:
                if name not in checks:
                    whole = {"$defs": definitions, "allOf": [schemas[name]]}
                    checks[name] = Draft202012Validator(whole)
                valid = all(NEWER in error.message for error in checks[name].iter_errors(payload))
            found.append({"event": event["name"], "action": action, "valid": valid, "payload": payload})
    print(f"{sum(one['valid'] for one in found)} of {len(found)} example payloads satisfy GitHub's schema")
    return found
