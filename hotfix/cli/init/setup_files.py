"""Render the files for a repository (policy, incident form, workflows) from the templates."""

from __future__ import annotations

import json
import textwrap
from importlib import resources

from hotfix.cli.init import action_source
from hotfix.cli.init.answers import InitAnswers
from hotfix.cli.init.discovery import DiscoveredSetup
from hotfix.policy import PATH, Policy
from hotfix.policy.model import SHIP_WORKFLOW
from hotfix.severities import Severity

SHIP, ROLLBACK = SHIP_WORKFLOW, "hotfix-rollback.yml"
LABELS = {
    "hotfix": ("d73a4a", "An emergency fix: the rules of .github/hotfix.yml apply"),
    "incident": ("b60205", "Production is down or at risk"),
    "priority:critical": ("b60205", "P0"),
    "priority:high": ("d93f0b", "P1"),
}
"""Label -> colour and description."""
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Words that YAML does not read as strings."""


def make(detected: DiscoveredSetup, answers: InitAnswers) -> dict[str, str]:
    """Return path -> text for every file."""
    rollback = f"cd .hotfix/previous\n{detected.deploy.rollback}"
    checkout = f'git worktree add --detach .hotfix/previous "$HOTFIX_PREVIOUS_SHA"\n{rollback}'
    values = {
        "__LABEL__": Policy().label,
        "__SPECS__": "`specs/`",
        "__PRODUCTION__": _scalar(answers.production),
        "__STAGING__": _scalar(answers.staging),
        "__CANARY__": answers.canary,
        "__PREFIX__": "hotfix/",
        "__SEVERITIES__": " ".join(f"{level}: {level.meaning}." for level in Severity),
        "__RUN__": textwrap.indent(detected.deploy.run, " " * 8),
        "__ROLLBACK_RUN__": textwrap.indent(rollback, " " * 8),
        "__ROLLBACK_STEP_RUN__": textwrap.indent(checkout, " " * 12),
    }
    places = {
        ".github/ISSUE_TEMPLATE/incident.yml": "incident.yml",
        ".github/PULL_REQUEST_TEMPLATE/hotfix.md": "pull-request.md",
        f".github/workflows/{SHIP}": SHIP,
        f".github/workflows/{ROLLBACK}": ROLLBACK,
        ".github/workflows/hotfix-back-merge.yml": "hotfix-back-merge.yml",
    }
    filled = {path: action_source.named(_filled(name, values), answers.action) for path, name in places.items()}
    return {PATH: _policy(detected, answers)} | filled


def _filled(name: str, values: dict[str, str]) -> str:
    text = resources.files("hotfix.cli.init").joinpath("templates", name).read_text("utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _policy(detected: DiscoveredSetup, answers: InitAnswers) -> str:
    """Return the policy: settings that differ from the defaults, and as comments those that a team sets first."""
    roles = {"tech_leads": answers.tech_leads, "security": answers.security}
    people = [f"  {role}: {yaml_list(names)}" for role, names in roles.items() if names]
    unset = "# people: {tech_leads: [ORG/TEAM], security: [ORG/TEAM]}   # unset: whoever may maintain the repository"
    lines = [
        "# The rules of hotfixes; what is not set has its default. `hotfix policy explain --all` prints every setting.",
        *([f"app: {answers.app}"] if answers.app else []),
        "production:",
        f"  environment: {_scalar(answers.production)}",
        f"  tags: {yaml_list([detected.tags])}",
        "branches:",
        f"  back_merge: {yaml_list(detected.back_merge)}",
        *(["people:", *people] if people else [unset]),
        "deploy:",
        f"  workflow: {SHIP}",
        f"  rollback_workflow: {ROLLBACK}",
    ]
    return "\n".join(lines) + "\n"


def yaml_list(values: tuple[str, ...] | list[str]) -> str:
    """Return the values as a YAML list on one line."""
    return f"[{', '.join(_scalar(value) for value in values)}]"


def _scalar(text: str) -> str:
    """Return text as a YAML scalar, quoted as JSON unless it is a plain word."""
    plain = text.replace("-", "").replace("_", "").replace("/", "").isalpha()
    return text if plain and text.casefold() not in _WORDS else json.dumps(text)
