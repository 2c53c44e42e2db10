"""Explain each setting of a policy: its value, its default and its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hotfix.policy.model import Policy
from hotfix.rules.scope import INFRASTRUCTURE_BY_PURPOSE
from hotfix.rules.security_review import SENSITIVE_BY_PURPOSE


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a policy, as it is explained."""

    key: str
    """Dotted, as in the errors: `rules.size.max_lines`."""
    value: Any
    """As it would stand in the file: text, number, boolean, list or mapping; None if not set."""
    default: Any
    meaning: str

    @property
    def changed(self) -> bool:
        """Return whether the policy sets it to something else than the default."""
        return bool(self.value != self.default)


_BY_PURPOSE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "rules.scope.infrastructure": INFRASTRUCTURE_BY_PURPOSE,
    "rules.security-review.paths": SENSITIVE_BY_PURPOSE,
}


def by_purpose(setting: Setting) -> dict[str, list[str]]:
    """Return the globs of a long list by what they are for, the rest as `other`; empty for other settings."""
    groups = _BY_PURPOSE.get(setting.key)
    if groups is None or not isinstance(setting.value, list):
        return {}
    found = {purpose: [glob for glob in setting.value if glob in globs] for purpose, globs in groups.items()}
    known = {glob for globs in groups.values() for glob in globs}
    found["other"] = [glob for glob in setting.value if glob not in known]
    return {purpose: globs for purpose, globs in found.items() if globs}


def explain(policy: Policy) -> list[Setting]:
    """Return every setting, in the order of the schema."""
    defaults = {key: value for key, _, value in _walk(Policy())}
    return [
        Setting(key, value, defaults[key], field.description or "")
        for key, field, value in _walk(policy)
        if not isinstance(value, BaseModel)
    ]


def sections() -> dict[str, str]:
    """Return the dotted key of each section -> what it is about."""
    return {key: field.description or "" for key, field, value in _walk(Policy()) if isinstance(value, BaseModel)}


def written(value: Any) -> str:
    """Return a value as it would stand in the file, on one line (YAML)."""
    if value is None or value in ([], {}):
        return "unset"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _walk(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, FieldInfo, Any]]:
    """Yield the dotted key, the definition and the value of each section and setting, sections as models."""
    plain = model.model_dump(mode="json")
    for name, field in type(model).model_fields.items():
        key, value = f"{prefix}{field.alias or name}", getattr(model, name)
        if isinstance(value, BaseModel):
            yield key, field, value
            yield from _walk(value, f"{key}.")
        else:
            yield key, field, plain[name]


def _quoted(text: str) -> str:
    plain = text.replace("-", "").replace("_", "").replace(" ", "").replace("/", "").isalnum()
    if plain and not text[:1].isdigit() and text == text.strip() and text.lower() not in ("true", "false", "null"):
        return text
    if text[:1].isdigit() and text.isalnum() and not text.isdigit():  # 4h
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
