"""Compare the versions that a rollback plan names with the one in production."""

from __future__ import annotations

from hotfix.facts import Production
from hotfix.production.versions import Version
from hotfix.spec.spec_parser import Spec


def older_version(spec: Spec, production: Production | None) -> str:
    """Return the version to which the plan goes back, if that would undo what runs in production, too.

    Empty if the plan names that version or a newer one as well, or none that is written as its tag.
    """
    section = spec.sections.get("Rollback Plan")
    running = Version.parse(production.tag) if production and production.is_tagged else None
    if section is None or running is None:
        return ""
    words = (word.strip("`'\"*_()[],;:.!?") for line in section.lines for word in line.text.split())
    named = [version for word in words if (version := Version.parse(word)) and version.writing == running.writing]
    newest = max(named, default=None)
    return newest.tag if newest and newest < running else ""
