"""Docs, examples and workflows use exactly the inputs and outputs that action.yml defines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.runner import command_errors
from action.runner.command_errors import ActionError
from action.runner.inputs import Command
from hotfix.gates.gate import KINDS, CommandGate, HealthGate, PrometheusGate
from hotfix.text.durations import seconds
from tests.action.runner import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS, OUTPUTS = ACTION["inputs"], ACTION["outputs"]
SHIP = ROOT / ".github/workflows/hotfix-ship.yml"
WORKFLOWS = [SHIP, *sorted((ROOT / "examples").glob("*/*.yml"))]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDE = (ROOT / "docs/action.md").read_text()
COMMANDS = "|".join(Command)


def jobs(file: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the steps of each job of a workflow."""
    for job in (yaml.safe_load(file.read_text()).get("jobs") or {}).values():
        yield job.get("steps", [])


def fenced(page: Path) -> list[str]:
    """Return the YAML blocks of a page."""
    return re.findall(r"^```ya?ml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.parent.name)
def test_a_workflow_gives_the_action_inputs_that_it_has(file: Path) -> None:
    given = [step["with"] for steps in jobs(file) for step in steps if step.get("uses", "").startswith("OWNER/REPO@")]
    assert {name for each in given for name in each} <= set(INPUTS)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.parent.name)
def test_a_workflow_reads_outputs_that_the_action_has(file: Path) -> None:
    ours = {s["id"] for steps in jobs(file) for s in steps if s.get("uses", "").startswith("OWNER/REPO@") and "id" in s}
    read = re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", file.read_text())
    assert {output for step, output in read if step in ours} <= set(OUTPUTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_inputs_that_the_action_has(page: Path) -> None:
    shown = set()
    for block in fenced(page):
        for found in re.finditer(rf"^( +)command: (?:{COMMANDS})$", block, re.MULTILINE):
            shown |= set(re.findall(rf"^{found[1]}([a-z-]+):", block, re.MULTILINE))
    assert shown <= {*INPUTS, "uses", "with"}


def test_each_dashed_name_in_the_guide_exists() -> None:
    reusable = yaml.safe_load(SHIP.read_text())[True]["workflow_call"]
    gates = {name.replace("_", "-") for kind in KINDS.values() for name in kind.model_fields}
    states = set(re.split(r" \| ", OUTPUTS["state"]["description"]))
    known = {*INPUTS, *OUTPUTS, *reusable["inputs"], *reusable["outputs"], *gates, *states, *Command}
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", GUIDE))
    assert named <= known


def test_the_defaults_in_the_guide_are_those_of_the_action() -> None:
    """Covers the table of the inputs that a gate uses and the gates' own defaults."""
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| ([^|]*) \|", GUIDE.partition("### Gates")[2], re.MULTILINE)
    written = {
        name: default.strip()
        for names, defaults in rows
        for name, default in zip(re.findall("`([a-z-]+)`", names), defaults.split(", "), strict=False)
    }
    for name in ("interval", "count", "failure-limit", "error-limit", "on-no-data"):
        assert written[name] == str(INPUTS[name]["default"]), name
    assert seconds(written["timeout"]) == HealthGate.model_fields["timeout"].default
    assert CommandGate.model_fields["timeout"].default == seconds("5m")
    assert int(written["min-samples"]) == PrometheusGate.model_fields["min_samples"].default


def test_the_reusable_workflow_has_the_defaults_of_the_action() -> None:
    """Except for the canary, which is optional in the Action, and the inputs that name production."""
    reusable = yaml.safe_load(SHIP.read_text())[True]["workflow_call"]["inputs"]
    both = {n for n in reusable if "default" in reusable[n] and "default" in INPUTS.get(n, {})}
    differ = {n for n in both if str(reusable[n]["default"]).lower() != str(INPUTS[n]["default"]).lower()}
    assert differ == {"canary-steps"}


def test_the_reusable_workflow_checks_both_names_first() -> None:
    """An environment that the policy does not name is refused before a job enters it."""
    verdict = next(jobs(SHIP))[0]["with"]
    assert {"environment", "staging-environment"} <= set(verdict)
    assert (verdict["command"], verdict["dry-run"]) == ("tag", True)


def test_the_states_are_those_that_the_code_can_end_in() -> None:
    errors = [
        each for each in vars(command_errors).values() if isinstance(each, type) and issubclass(each, ActionError)
    ]
    listed = set(re.split(r" \| ", OUTPUTS["state"]["description"]))
    assert listed == {each.state for each in errors} | {"success", "cancelled"}
    table = re.findall(r"^\| (\d) \| ((?:`[a-z-]+`(?:, )?)+) \|", GUIDE, re.MULTILINE)
    statuses = {state: int(status) for status, states in table for state in re.findall("`([a-z-]+)`", states)}
    assert statuses == {each.state: each.exit_status for each in errors} | {"success": 0, "cancelled": 1}
