"""Select the playbook for the category of an incident."""

from __future__ import annotations

from hotfix.life.incident import Incident
from hotfix.policy.life_sections import PlaybookSection
from hotfix.severities import Category, MinorKind

_OF_CATEGORY = {
    Category.SECURITY: "security",
    Category.AUTH: "security",
    Category.DATA_LOSS: "data",
    Category.DOWN: "endpoint",
    Category.CERTIFICATE: "endpoint",
    Category.PAYMENT: "payment",
    Category.PERFORMANCE: "performance",
}


def name(category: Category | MinorKind | None) -> str:
    """Return the name of the category's playbook in the policy; empty if it has none."""
    return _OF_CATEGORY.get(category, "") if isinstance(category, Category) else ""


def playbook(incident: Incident) -> PlaybookSection | None:
    """Return the playbook for this incident; None if its category has none or it has no steps."""
    chosen = name(incident.about.category)
    if not chosen:
        return None
    found: PlaybookSection = getattr(incident.policy.playbooks, chosen)
    return found if found.steps else None
