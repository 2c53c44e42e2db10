"""Write the alert for a gate that fails during the watch in production."""

from __future__ import annotations

import hashlib

from hotfix.life.incident_life import Life
from hotfix.life.words.markers import marker
from hotfix.life.words.phrases import mention
from hotfix.render.deploy_commands import roll_back
from hotfix.render.safe_markdown import code, text


def marker_of(deployment: int, gate: str) -> str:
    """Return the name of the alert's marker, which is unique per deployment and gate."""
    return f"gate {deployment} {hashlib.sha256(gate.encode()).hexdigest()[:12]}"


def gate_fails(life: Life, gate: str, why: str, hidden: str) -> str:
    """Return the alert, with what rolls back."""
    people = [life.incident.commander] if life.incident.commander else []
    return (
        f"{mention(people)} The gate {code(gate, 100)} fails in production: {text(why, 300)}. "
        f"{roll_back(life.incident.policy, previous_version(life))}\n\n{marker(hidden)}\n"
    )


def previous_version(life: Life) -> str:
    """Return the name of the release that ran in production before the fix; empty if unknown."""
    live = life.incident.live
    ran = [d for d in life.record.production if live and d.succeeded_at and d.id < live.id and d.sha != live.sha]
    return ran[-1].name if ran else ""
