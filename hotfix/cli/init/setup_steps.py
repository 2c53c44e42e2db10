"""List what remains to be done by hand after `hotfix init`: what it can't know, and what an existing policy lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hotfix.cli.init import action_source
from hotfix.cli.init.answers import InitAnswers
from hotfix.cli.init.discovery import DiscoveredSetup
from hotfix.cli.init.setup_files import ROLLBACK, SHIP, yaml_list
from hotfix.policy import PATH, Policy, PolicyError
from hotfix.text.escaping import one_line

_WORKFLOWS = ".github/workflows"


def to_complete(
    detected: DiscoveredSetup, given: InitAnswers, new: Mapping[str, str], existing: Policy | PolicyError | None
) -> Iterator[str]:
    """Yield what must be completed before the new files work, as Markdown sentences; code is indented by four spaces.

    `existing` is the repository's own policy, or why it is invalid; None if it has none, in which case a new one is
    among the files.
    """
    if isinstance(existing, PolicyError):
        yield (
            f"Correct {PATH}, which is invalid ({one_line(existing.lines[0])}): run `hotfix policy validate`. "
            f"Then compare its environments with those in {SHIP}."
        )
    if any(f"uses: {action_source.PLACEHOLDER}" in text for text in new.values()):
        yield (
            f"Replace {action_source.PLACEHOLDER} in the workflows by the name of your copy or fork of the hotfix tool "
            "on GitHub, such as acme/hotfix, and @v1 by a branch or tag of it: only a released hotfix knows both. "
            "(--action OWNER/NAME writes the name.)"
        )
    unwritten = [file for file in (SHIP, ROLLBACK) if not detected.deploy.complete and f"{_WORKFLOWS}/{file}" in new]
    if unwritten:
        yield f"Write how you deploy into {' and '.join(unwritten)}: in place of it there is `exit 1`."
    if existing is None and not given.tech_leads:
        yield f"Name the tech leads in {PATH}; without them, whoever may maintain the repository approves hotfixes."
    if isinstance(existing, Policy) and (lines := _missing_settings(given, existing)):
        code = "\n".join(f"    {line}" for line in lines)
        yield f"Set in {PATH}:\n\n{code}"


def _missing_settings(given: InitAnswers, policy: Policy) -> list[str]:
    """Return the lines of YAML by which an existing policy would use the workflows and the answers."""
    lines = []
    if given.app and policy.app != given.app:
        lines.append(f"app: {given.app}")
    roles = {"tech_leads": given.tech_leads, "security": given.security}
    people = [f"{role}: {yaml_list(names)}" for role, names in roles.items() if set(names) - _people(policy, role)]
    deploy = [] if policy.deploy.workflow else [f"workflow: {SHIP}  # otherwise the service starts no deployment"]
    deploy += [] if policy.deploy.rollback_workflow else [f"rollback_workflow: {ROLLBACK}"]
    for section, settings in (("people", people), ("deploy", deploy)):
        lines += [f"{section}:", *(f"  {line}" for line in settings)] if settings else []
    return lines


def _people(policy: Policy, role: str) -> set[str]:
    return set(policy.people.tech_leads if role == "tech_leads" else policy.people.security)
