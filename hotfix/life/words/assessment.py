"""Write the assessment: what runs in production, whether it is the probable cause, and whom to contact."""

from __future__ import annotations

from hotfix.life.incident_life import Life
from hotfix.life.words.phrases import person
from hotfix.render.deploy_commands import roll_back
from hotfix.render.safe_markdown import code, text
from hotfix.severities import Category
from hotfix.text.durations import moment


def section(life: Life) -> str:
    """Return the assessment as a section; empty if there is nothing to say."""
    lines = [*_production(life), *_security(life), *_contacts(life)]
    return "### Assessment\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def rollback_is_faster(life: Life) -> bool:
    """Return whether the release in production was deployed shortly before the incident and has a predecessor."""
    suspect, incident = life.record.suspect, life.incident
    if suspect is None:
        return False
    began = incident.about.started or incident.declared_at
    return began - incident.policy.incident.rollback_window <= suspect.at <= began and bool(suspect.previous)


def _production(life: Life) -> list[str]:
    suspect = life.record.suspect
    if suspect is None:
        return [
            "No successful deployment to production is recorded from before the incident began. Without a "
            "deployment, the check goes by the latest release or the highest version tag."
        ]
    by = f" by {person(suspect.by)}" if suspect.by else ""
    lines = [f"In production: {code(suspect.name, 100)} since {moment(suspect.at)}{by}"]
    if suspect.pulls:
        lines.append(f"Pull requests in that deployment: {', '.join(f'#{number}' for number in suspect.pulls[:20])}")
    if rollback_is_faster(life):
        lines.append(
            "It was deployed shortly before the incident began: a rollback is probably faster. "
            f"{roll_back(life.incident.policy, suspect.previous)}"
        )
    return lines


def _security(life: Life) -> list[str]:
    if life.incident.about.category not in (Category.SECURITY, Category.AUTH):
        return []
    team = life.incident.policy.people.security
    return [f"Security team: {', '.join(text(name, 100) for name in team)}"] if team else []


def _contacts(life: Life) -> list[str]:
    found = [f"{text(role, 100)}: {text(how, 200)}" for role, how in life.incident.policy.contacts.items()]
    return [f"On call: {text(life.record.on_call, 100)}", *found] if life.record.on_call else found
