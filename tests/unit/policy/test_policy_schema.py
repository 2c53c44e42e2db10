"""The policy's JSON Schema, its explanation and its reference page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

import hotfix.policy
from hotfix.policy import Policy, PolicyError, load, schema
from hotfix.policy.explain import explain, written
from hotfix.policy.reference import reference
from hotfix.rules import RULES

ROOT = Path(__file__).parents[3]
SHIPPED = Path(hotfix.policy.__file__).with_name("hotfix-policy.schema.json")


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    jsonschema_rs.meta.validate(schema())
    return jsonschema_rs.validator_for(schema())


def test_the_shipped_schema_is_up_to_date() -> None:
    wanted = "make it again: .venv/bin/hotfix policy schema > hotfix/policy/hotfix-policy.schema.json"
    assert json.loads(SHIPPED.read_text()) == schema(), wanted


def test_the_reference_page_is_up_to_date() -> None:
    wanted = "make it again: .venv/bin/python -m hotfix.policy.reference > docs/policy.md"
    assert (ROOT / "docs/policy.md").read_text() == reference(), wanted


def test_the_example_of_the_reference_page_is_a_valid_policy(validator: jsonschema_rs.Validator) -> None:
    example = reference().split("## An example", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    load(example, "the example")
    validator.validate(yaml.safe_load(example))


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"rules": {"size": "warn"}},
        {"rules": {"size": {"level": "off", "max_lines": 3, "ignore": "docs/**"}}},
        {"people": {"tech_leads": "alice", "security": ["acme/sec"]}},
        {"sla": {"P0": "1h30m"}},
        {"contacts": {"On-call": "555"}},
    ],
)
def test_what_loads_fits_the_schema(validator: jsonschema_rs.Validator, policy: dict[str, Any]) -> None:
    load(json.dumps(policy), "p")
    validator.validate(policy)


@pytest.mark.parametrize(
    "policy",
    [
        {"labels": "x"},
        {"rules": {"one_thing": "warn"}},
        {"rules": {"size": "bloc"}},
        {"rules": {"size": {"max_lines": "many"}}},
        {"sla": {"P0": "soon"}},
        {"sla": {"P0": []}},
        {"sla": {"P0": ["1h", "2h", "3h"]}},
        {"rules": {"title": {"p0_labels": []}}},
        {"people": {"security": 3}},
    ],
)
def test_what_the_schema_refuses_does_not_load(validator: jsonschema_rs.Validator, policy: dict[str, Any]) -> None:
    assert not validator.is_valid(policy)
    with pytest.raises(PolicyError):
        load(json.dumps(policy), "p")


def test_a_list_of_one_may_be_written_as_the_one_value(validator: jsonschema_rs.Validator) -> None:
    for setting in explain(Policy()):
        if isinstance(setting.value, list) and setting.key != "watch.gates":  # a string there is the Action's input
            value: Any = setting.value[0] if setting.value else "one"
            for section in reversed(setting.key.split(".")):
                value = {section: value}
            load(json.dumps(value), setting.key)
            validator.validate(value)


def test_every_setting_of_the_schema_is_described() -> None:
    made = schema()
    nodes = [made, *made["$defs"].values()]
    bare = [key for node in nodes for key, value in node.get("properties", {}).items() if not value.get("description")]
    assert bare == []


def test_the_schema_gives_defaults_as_one_would_write_them() -> None:
    definitions = schema()["$defs"]
    assert definitions["SlaSection"]["properties"]["P0"]["default"] == ["1h", "4h"]
    assert definitions["SizeOptions"]["properties"]["max_lines"]["default"] == 100


def test_the_defaults_written_out_are_the_defaults() -> None:
    """The output of `explain`, written to a file, is an equivalent policy."""
    lines: dict[str, Any] = {}
    for setting in explain(Policy()):
        *sections, name = setting.key.split(".")
        into = lines
        for section in sections:
            into = into.setdefault(section, {})
        if written(setting.value) != "unset":
            into[name] = yaml.safe_load(written(setting.value))
    assert load(json.dumps(lines), "defaults") == Policy()


def test_explain_marks_what_a_policy_changes() -> None:
    policy = load("rules: {size: {max_lines: 60}, title: off}\nlabel: hotfix", "p")
    assert {s.key: (s.value, s.default) for s in explain(policy) if s.changed} == {
        "rules.size.max_lines": (60, 100),
        "rules.title.level": ("off", "warn"),
    }


def test_every_rule_has_its_settings_and_says_when_it_passes() -> None:
    keys = {setting.key for setting in explain(Policy())}
    page = reference()
    for rule in RULES:
        assert f"rules.{rule.id}.level" in keys
        assert f"#### `{rule.id}`" in page
