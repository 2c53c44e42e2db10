"""List what remains to be done by hand after `hotfix init`: what it can't know, and what an existing policy lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotfix.cli.init import action_source
from hotfix.cli.init.answers import InitAnswers
from hotfix.cli.init.discovery import DiscoveredSetup
from hotfix.cli.init.setup_files import ROLLBACK, SHIP, yaml_list
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.text.escaping import one_line

_WORKFLOWS = ".github/workflows"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingPolicy:
    """The policy that applies to the repository already: its own, or its owner's."""

    place: str
    policy: Policy | None
    """None if it is invalid."""
    problem: str = ""
    """The first mistake of an invalid policy."""

    @classmethod
    def parsed(cls, text: str, place: str) -> ExistingPolicy:
        """Return the policy with this text."""
        try:
            return cls(place=place, policy=load(text, place))
        except PolicyError as error:
            return cls(place=place, policy=None, problem=one_line(error.lines[0]))


def to_complete(
    detected: DiscoveredSetup, given: InitAnswers, new: Mapping[str, str], existing: ExistingPolicy | None
) -> Iterator[str]:
    """Yield what must be completed before the new files work, as Markdown sentences; code is indented by four spaces.

    Without an existing policy, a new one is among the files.
    """
    if existing and existing.policy is None:
        yield (
            f"Correct {existing.place}, which is invalid ({existing.problem}): run `hotfix policy validate`. "
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
    if existing and existing.policy and (lines := _missing_settings(given, existing.policy)):
        code = "\n".join(f"    {line}" for line in lines)
        yield f"Set in {existing.place}:\n\n{code}"


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
