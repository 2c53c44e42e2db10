"""Load a policy from its text, or report all errors in it."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import ValidationError

from hotfix.gates.gate import BY_TAG
from hotfix.policy.model import Policy
from hotfix.policy.policy_error import PolicyError
from hotfix.policy.schema import allowed
from hotfix.text.yaml_tree import YamlNode, YamlProblem, parse

_WORDS = {
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number of no more than 18 digits",
    "tuple_type": "must be a list, or one value of it",
    "list_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "mapping_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} {unit}",
    "too_short": "must not be empty",
    "model_attributes_type": "must be a mapping (key: value)",
}
"""pydantic's error types in a policy's words."""

PolicyPath = tuple[str | int, ...]


def load(text: str | bytes, where: str) -> Policy:
    """Read a policy; an empty file gives the defaults, a key without a value counts as not set.

    `where` names the file in the error. Raises PolicyError with every mistake, in the order of the file.
    """
    tree, problems = parse(text)
    try:
        policy = Policy.model_validate({} if tree.value is None else tree.plain())
    except ValidationError as error:
        problems = [*problems, *_problems(error, tree)]
    if problems:
        raise PolicyError(tuple(sorted(problems)), where)
    return policy


def _problems(error: ValidationError, tree: YamlNode) -> list[YamlProblem]:
    """Return one problem per place, although a value of several types fails each of them."""
    errors = error.errors(include_url=False)
    wrong_items = {one["loc"][:-1] for one in errors if one["type"] != "too_short"}
    # pydantic calls a list too short whose items are wrong
    errors = [one for one in errors if not (one["type"] == "too_short" and one["loc"] in wrong_items)]
    found = (_problem(one, tree) for one in errors)
    return list({(problem.line, problem.column, problem.key): problem for problem in found}.values())


def _problem(error: Any, tree: YamlNode) -> YamlProblem:
    path, node, position = _find(tree, error["loc"])
    key = _dotted(path)
    if error["type"] == "extra_forbidden":
        return YamlProblem(*position, key, _unknown(path, error["loc"]))
    but = "" if error["type"] == "too_short" else _but(node, error["type"])
    return YamlProblem(node.line, node.column, key, f"{_message(error)}{but}")


def _find(tree: YamlNode, loc: PolicyPath) -> tuple[PolicyPath, YamlNode, tuple[int, int]]:
    """Return the part of the path that the file holds, the node there, and the position of its key."""
    path: list[str | int] = []
    node, position = tree, (tree.line, tree.column)
    for step in loc:
        if isinstance(node.value, dict) and step in node.value:
            position = node.keys[str(step)]
            node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            position = (node.line, node.column)
        else:
            continue
        path.append(step)
    return tuple(path), node, position


def _unknown(path: PolicyPath, loc: PolicyPath) -> str:
    parent, key = path[:-1], str(path[-1])
    gate = next((BY_TAG[step] for step in loc if isinstance(step, str) and step in BY_TAG), None)
    choices = [field.alias or name for name, field in gate.model_fields.items()] if gate else allowed(parent)
    if near := difflib.get_close_matches(key.casefold().replace("_", "-"), [c.replace("_", "-") for c in choices], 1):
        return f"unknown key; did you mean `{next(c for c in choices if c.replace('_', '-') == near[0])}`?"
    for section in (("rules",), *((top,) for top in allowed(()))):
        if section != parent and key in allowed(section):
            return f"unknown key here; did you mean `{_dotted((*section, key))}`?"
    return f"unknown key; allowed here: {', '.join(choices)}" if choices else "unknown key; nothing may stand here"


def _message(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WORDS:
        unit = "characters" if isinstance(error["input"], str) else "entries"
        return _WORDS[kind].format(**context, unit=unit)
    if kind == "missing" and isinstance(error["loc"][-1], int):
        return f"must have {error['loc'][-1] + 1} entries"
    if kind == "missing":
        return f"`{error['loc'][-1]}` is missing"
    if kind in ("enum", "literal_error"):
        return f"must be {context['expected'].replace(chr(39), '')}"
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", error["msg"]))
    words: str = error["msg"]
    return words.replace("Input should be", "must be").replace("Value should", "must")


def _but(node: YamlNode, kind: str) -> str:
    """Return what is there instead, if that is short.

    Only an error about the type contrasts it with a list or mapping. In other errors, one is allowed there, and its
    content is wrong.
    """
    if isinstance(node.value, (dict, list)) and (kind.endswith("_type") or kind in ("enum", "literal_error")):
        return f", not a {'mapping' if isinstance(node.value, dict) else 'list'}"
    words = _written(node)
    return f", not `{words}`" if 0 < len(words) <= 60 and "\n" not in words else ""


def _written(node: YamlNode) -> str:
    """Return a scalar, or a list of scalars, as YAML on one line; empty for anything else."""
    if isinstance(node.value, dict):
        return ""
    if isinstance(node.value, list):
        items = [_written(item) for item in node.value]
        return f"[{', '.join(items)}]" if all(items) else ""
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _dotted(path: PolicyPath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
