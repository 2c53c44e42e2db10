"""Ask for what cannot be discovered in a repository: its people, environments and App."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hotfix.cli.console import questions

_PERSON = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9][\w.-]{0,99})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitAnswers:
    """The answers, from flags or the terminal."""

    tech_leads: tuple[str, ...] = ()
    security: tuple[str, ...] = ()
    production: str = "production"
    staging: str = "staging"
    canary: str = "10,100"
    app: int | None = None
    """The ID of the App whose check permits deployments."""
    require_check: bool = False
    action: str = ""
    """The Action's repository, if it differs from that of the release or of the source clone."""


def people(text: str) -> tuple[str, ...]:
    """Return the logins and teams of a comma-separated list, without `@`."""
    return tuple(name.strip().removeprefix("@") for name in text.split(",") if name.strip())


def are_people(text: str) -> bool:
    """Return whether every entry is a login or `org/team`."""
    return all(_PERSON.fullmatch(name.strip()) for name in text.split(",") if name.strip())


def ask(given: InitAnswers) -> InitAnswers:
    """Ask for values that no flag provides. Enter keeps the value in brackets."""
    hint = "logins or org/team, comma-separated; Enter to skip"
    print("Press Enter to accept the value in brackets, or to skip a question without one.")
    if not given.tech_leads:
        print("Without tech leads, people with the Maintain or Admin role approve hotfixes.")
        text = questions.ask("Tech leads, who approve hotfixes (LOGIN, ORG/TEAM, ...):", valid=are_people, hint=hint)
        given = replace(given, tech_leads=people(text))
    if not given.security:
        text = questions.ask("Security team, for auth, payment and secrets:", valid=are_people, hint=hint)
        given = replace(given, security=people(text))
    given = replace(given, production=questions.ask("GitHub environment of production:", given.production))
    given = replace(given, staging=questions.ask("GitHub environment of staging:", given.staging))
    if given.app is None:
        hint = "a number: the App's settings page shows it; Enter to skip if there is no App yet"
        text = questions.ask("Id of the hotfix App:", valid=str.isdigit, hint=hint)
        given = replace(given, app=int(text) if text else None)
    if given.app and not given.require_check:
        wanted = questions.confirm("Require the check hotfix, by this App only, on the branches hotfixes go to?")
        given = replace(given, require_check=wanted)
    return given
