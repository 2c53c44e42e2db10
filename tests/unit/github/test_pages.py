"""The snippets in the README work when copied, and its lists match the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.runner import inputs
from app.settings import PREFIX, Settings
from app.web.handlers import HANDLERS
from hotfix.github import app_requirements
from hotfix.life.words import announcements
from hotfix.policy import Policy, load
from hotfix.policy.explain import explain
from hotfix.rules import RULES
from tests.github.server.world import DEFAULT_PERMISSIONS

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()


CALL_NO_ACTION = {"examples/incident/incident.yml", "examples/npm/hotfix.yml"}
"""These files call the reusable workflow, whose inputs are validated there."""


def blocks(page: str) -> list[Any]:
    return [yaml.safe_load(found) for found in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a header row."""
    table = README.partition(heading)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_readme_s_policy_is_valid() -> None:
    policy = next(found for found in blocks(README) if "people" in found)
    assert load(yaml.safe_dump(policy), "README.md").people.tech_leads == ("acme/leads",)


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("examples/*/*.yml"))]
)
def test_each_step_to_copy_has_the_inputs_it_needs(page: str) -> None:
    text = (ROOT / page).read_text()
    found = blocks(text) if page.endswith(".md") else [yaml.safe_load(text)]
    of_the_action = [step for each in found for step in steps(each)]
    assert bool(of_the_action) is (page not in CALL_NO_ACTION)
    for step in of_the_action:
        given = {name: str(value) for name, value in step["with"].items() if "${{" not in str(value)}
        unknown = set(given) - {field.alias or name for name, field in inputs.Inputs.model_fields.items()}
        assert unknown == set(), step
        inputs.read({inputs.PREFIX + name.replace("-", "_").upper(): value for name, value in given.items()})


def steps(data: Any) -> list[Any]:
    """Return all steps that use the Action."""
    if isinstance(data, dict):
        own = [data] if str(data.get("uses")) == "OWNER/REPO@v1" else []
        return own + [step for value in data.values() for step in steps(value)]
    return [step for value in data for step in steps(value)] if isinstance(data, list) else []


def test_the_settings_are_those_of_the_service() -> None:
    named = re.findall(r"`(HOTFIX_[A-Z_]+)`", "".join(row[0] for row in rows("| setting | default | |")))
    assert sorted(named) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


def test_every_test_gives_the_app_its_real_permissions() -> None:
    named = {}
    for row in rows("| permission | access | for |"):
        for name in row[0].split(", "):
            titled = (key for key, need in app_requirements.PERMISSIONS.items() if need.title == name)
            key = next(titled, name.lower().replace(" ", "_"))
            named[key] = "write" if "write" in row[1] else "read"
            assert row[2] == app_requirements.PERMISSIONS[key].purpose
    assert named == DEFAULT_PERMISSIONS == {name: need.level for name, need in app_requirements.PERMISSIONS.items()}


def test_the_app_s_events_are_those_that_are_handled() -> None:
    listed = README.partition("\nEvents: ")[2].partition(".\n")[0].replace("\n", " ").split(", ")
    assert {name.replace(" ", "_") for name in listed} == set(app_requirements.EVENTS)
    assert set(app_requirements.EVENTS) == set(HANDLERS) - app_requirements.ALWAYS_SENT


def test_each_text_that_can_be_replaced_is_named() -> None:
    page = (ROOT / "docs/notifications.md").read_text()
    named = re.search(r"replaces a text \(([^)]*)\)", page)
    assert named is not None
    assert re.findall(r"`(\w+)`", named[1]) == list(announcements.TEMPLATES)
    used = {field for text in announcements.TEMPLATES.values() for field in re.findall(r"\{(\w+)\}", text)}
    assert used <= set(re.findall(r"`\{(\w+)\}`", page.partition("Fields: ")[2]))


def test_the_rules_and_their_levels_are_the_policy_s_defaults() -> None:
    levels = {s.key.split(".")[1]: str(s.value) for s in explain(Policy()) if s.key.endswith(".level")}
    assert {row[0].strip("`"): row[2] for row in rows("| rule | passes when | default |")} == levels
    assert [row[0].strip("`") for row in rows("| rule | passes when | default |")] == [rule.id for rule in RULES]
