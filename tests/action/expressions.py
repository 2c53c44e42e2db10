"""The subset of GitHub's `${{ }}` expressions used in action.yml: dotted names, `||` and status functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def expand(text: Any, contexts: Mapping[str, Any]) -> str:
    """Return the text with its expressions replaced. Raises ValueError for an unsupported one."""
    if isinstance(text, bool):
        return str(text).lower()
    return _EXPRESSION.sub(lambda found: _text(evaluate(found[1], contexts)), str(text))


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    for part in expression.split("||"):
        value = _one(part.strip(), contexts)
        if value not in (None, "", False):
            return value
    return value


def holds(condition: str | None, *, failed: bool, cancelled: bool) -> bool:
    """Return whether a step with this `if:` runs."""
    match (condition or "success()").strip().removeprefix("${{").removesuffix("}}").strip():
        case "always()":
            return True
        case "success()":
            return not failed and not cancelled
        case "failure()":
            return failed and not cancelled
        case "cancelled()":
            return cancelled
        case other:
            raise ValueError(f"unknown condition: {other}")


def _one(part: str, contexts: Mapping[str, Any]) -> Any:
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", part):
        raise ValueError(f"unknown expression: {part}")
    value: Any = contexts
    for name in part.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
