"""Invalid inputs are all reported at once, each with its name and fix; action.yml and the code agree on the inputs."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from action.runner.inputs import Inputs, WrongInputs, read
from hotfix.gates.gate import HealthGate, PrometheusGate, shown
from hotfix.text.durations import seconds
from hotfix.text.quantities import number
from tests.action.runner import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
DEPLOY = {"HOTFIX_INPUT_COMMAND": "deploy", "HOTFIX_INPUT_ENVIRONMENT": "staging", "HOTFIX_INPUT_RUN": "true"}


def problems(**inputs: str) -> dict[str, str]:
    """Return the error message for each invalid input."""
    environ = {**DEPLOY, **{f"HOTFIX_INPUT_{name.upper()}": value for name, value in inputs.items()}}
    with pytest.raises(WrongInputs) as caught:
        read(environ)
    return {each.about: str(each) for each in caught.value.problems}


def test_every_input_of_the_action_is_passed_on_and_known() -> None:
    by_env = ACTION["runs"]["steps"][1]["env"]
    handed = {name: value for name, value in by_env.items() if name.startswith("HOTFIX_INPUT_")}
    assert handed == {
        f"HOTFIX_INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]
    }
    assert {name.replace("_", "-") for name in Inputs.model_fields} == set(ACTION["inputs"])


def test_the_defaults_of_the_action_are_those_of_the_code() -> None:
    written = {n: str(s["default"]) for n, s in ACTION["inputs"].items() if "default" in s and n != "token"}
    environ = {f"HOTFIX_INPUT_{name.upper().replace('-', '_')}": value for name, value in written.items()}
    assert read(environ | {"HOTFIX_INPUT_COMMAND": "check"}) == read({"HOTFIX_INPUT_COMMAND": "check"})


def test_no_expression_stands_inside_a_script() -> None:
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])
    assert all("uses" not in step for step in ACTION["runs"]["steps"])


def test_every_wrong_input_is_reported_at_once() -> None:
    reported = problems(
        canary_steps="10,5", interval="5", duration="long", dry_run="perhaps", health_url="example.com", sha="main"
    )
    assert reported == {
        "canary-steps": "canary-steps must rise and end with 100, such as 10,50,100.",
        "interval": "interval is without its unit. Write 5s, 5m or 5h.",
        "duration": "duration is not a duration. Write a number and its unit, such as 500ms, 30s, 5m or 1h.",
        "dry-run": "dry-run is neither true nor false. Write true or false.",
        "health-url": "health-url is not a web address. Write one such as https://example.com/health.",
        "sha": "sha is not a full commit SHA. Write all 40 characters, such as ${{ github.sha }}.",
    }


def test_a_branch_glob_that_can_not_be_read_is_refused() -> None:
    refused = problems(into="main, release/[12")["into"]
    assert refused.startswith("into can't be read: the bracket in [12 is never closed. Write ]")


@pytest.mark.parametrize("address", ["http://h:99999/", "http://h:x/", "http://[::1/", "http://ho st/", "/health"])
def test_an_unusable_address_is_refused(address: str) -> None:
    assert "is not a web address" in problems(health_url=address)["health-url"]


def test_an_unknown_command_is_answered_with_the_known_ones() -> None:
    reported = problems(command="destroy")
    assert "check, tag, deploy, monitor, rollback, back-merge or ship" in reported["command"]


def test_a_command_says_which_input_it_lacks() -> None:
    with pytest.raises(WrongInputs) as caught:
        read({"HOTFIX_INPUT_COMMAND": "deploy", "HOTFIX_INPUT_RUN": "  "})
    assert [each.about for each in caught.value.problems] == ["environment", "run"]


def test_a_tag_format_that_cannot_order_is_refused() -> None:
    assert "which is not just after it" in problems(tag_format="build-{n}")["tag-format"]


def test_gates_are_a_list_each_with_its_own_settings() -> None:
    inputs = read(
        {
            **DEPLOY,
            "HOTFIX_INPUT_GATES": """
- prometheus: https://prometheus.example.com
  query: sum(rate(errors[1m]))
  max: 0.1%
  min-samples: 100
  on-no-data: wait
- health: https://example.com/health
  status: 200,204
  interval: 1m
""",
        }
    )
    rate, health = inputs.gates
    assert isinstance(rate, PrometheusGate)
    assert isinstance(health, HealthGate)
    assert (rate.max, rate.min_samples, rate.on_no_data) == (0.001, 100, "wait")
    assert (health.status, health.interval) == (((200, 200), (204, 204)), 60.0)


@pytest.mark.parametrize(
    ("gates", "about", "words"),
    [
        ("just text", "gates", "is not a list of gates"),
        ("- [", "gates", "is not usable YAML: line 1: not valid YAML"),
        ("- heath: https://example.com", "gates[0]", "needs one of the keys health"),
        ("- health: example.com", "gates[0].health", "is not a web address"),
        ("- command: x\n- prometheus: https://p\n  query: up", "gates[1].max", "is missing"),
        ("- health: https://e\n  intervall: 1s", "gates[0].intervall", "is not known"),
        ("- &a {command: x}\n- *a", "gates", "the alias *a is not supported"),
        ("[" * 4000, "gates", "nested more than 20 levels deep"),
        (
            "- prometheus:\n  query: up\n  max: 1",
            "gates[0].prometheus",
            "check that the variable it comes from is set",
        ),
        ("- response-time: https://e\n  max: fast", "gates[0].max", "is not a duration"),
        ("- prometheus: https://p\n  query: up\n  max: .nan", "gates[0].max", "is not a number"),
        ("- health: https://e\n  headers: {Host: x}", "gates[0].headers", "a name that can't be set"),
        ('- health: https://e\n  headers: {A: "b\\nc"}', "gates[0].headers", "not a line of text"),
        ("- health: https://e\n  headers: Bearer x", "gates[0].headers", "are not headers"),
        ("- !!python/object/apply:os.system [x]", "gates", "os.system is not supported"),
    ],
)
def test_a_wrong_gate_is_named_by_its_place(gates: str, about: str, words: str) -> None:
    reported = problems(gates=gates)
    assert words in reported[about]


def test_what_may_be_secret_in_an_address_is_not_shown() -> None:
    assert shown("https://me:pass@example.com:8443/health?key=1#x") == "https://example.com:8443/health"


@given(st.integers(0, 10**6), st.sampled_from(["ms", "s", "m", "h"]))
def test_a_duration_is_read_with_its_unit_or_refused(count: int, unit: str) -> None:
    factor = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
    if count * factor <= 86_400:
        assert seconds(f"{count}{unit}") == pytest.approx(count * factor)
    else:
        with pytest.raises(ValueError, match="longer than 24h"):
            seconds(f"{count}{unit}")


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_a_sentence(text: str) -> None:
    for reads in (seconds, number):
        try:
            reads(text)
        except ValueError as error:
            words = str(error)
        else:
            words = "is fine"
        assert words.startswith("is ")


def test_the_token_is_not_shown_among_the_inputs() -> None:
    """A traceback or a log line may include all inputs."""
    given = read({"HOTFIX_INPUT_COMMAND": "check", "HOTFIX_INPUT_TOKEN": "ghs_0123456789abcdef"})
    assert given.token == "ghs_0123456789abcdef"
    assert given.token not in f"{given!r} {given}"
