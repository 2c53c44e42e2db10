"""A verdict as one JSON object for machines. A field is added under the same version; a change of one raises it."""

from __future__ import annotations

from typing import Any

from hotfix.facts import Override, Production
from hotfix.finding import Finding
from hotfix.render.acting import acting
from hotfix.verdict import Judged, Verdict

VERSION = 1


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Times are ISO 8601 in UTC. Text from users is as they wrote it."""
    return {
        "version": VERSION,
        "kind": verdict.kind.value,
        "conclusion": verdict.conclusion.value,
        "title": verdict.title,
        "head_sha": verdict.head_sha,
        "judged_at": verdict.at.isoformat(),
        "policy": verdict.policy_source,
        "production": _production(verdict.production),
        "pull": verdict.pull,
        "note": verdict.note,
        "failed_rules": list(verdict.failed_rules),
        "who_must_act": {who: list(rules) for who, rules in acting(verdict).items()},
        "findings": [_judged(judged) for judged in verdict.findings],
    }


def _production(production: Production | None) -> dict[str, Any] | None:
    if production is None:
        return None
    return {
        "tag": production.tag,
        "sha": production.sha,
        "known_from": production.known_from,
        "shipped_as": production.shipped_as,
    }


def _judged(judged: Judged) -> dict[str, Any]:
    finding: Finding = judged.finding
    return {
        "rule": judged.rule,
        "level": judged.level.value,
        "status": finding.status.value,
        "counts": judged.counts,
        "why": finding.message,
        "mend": finding.remediation,
        "commands": list(finding.commands),
        "who": list(finding.actors),
        "places": [
            {"path": p.path, "line": p.line or None, "end_line": p.end_line or None, "message": p.message}
            for p in finding.places
        ],
        "details": list(finding.details),
        "suggestion": finding.suggestion,
        "override": _override(judged.override),
    }


def _override(override: Override | None) -> dict[str, Any] | None:
    if override is None:
        return None
    return {
        "by": override.by,
        "reason": override.reason,
        "at": override.at.isoformat(),
        "sha": override.sha,
        "url": override.url,
    }
