"""Render a verdict as JSON. A new field does not change the version; a changed field increments it."""

from __future__ import annotations

from typing import Any

from hotfix.facts import Override, Production
from hotfix.render.verdict_parts import acting
from hotfix.verdict import RuleResult, Verdict

VERSION = 2


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as JSON-serializable data. Times are ISO 8601 in UTC. User text is not escaped."""
    return {
        "version": VERSION,
        "kind": verdict.kind.value,
        "conclusion": verdict.conclusion.value,
        "title": verdict.title,
        "head_sha": verdict.head_sha,
        "evaluated_at": verdict.at.isoformat(),
        "policy": verdict.policy_source,
        "production": _production(verdict.production),
        "pull": verdict.pull,
        "note": verdict.note,
        "failed_rules": list(verdict.failed_rules),
        "actors": {actor: list(rules) for actor, rules in acting(verdict).items()},
        "findings": [_finding(result) for result in verdict.findings],
    }


def _production(production: Production | None) -> dict[str, Any] | None:
    if production is None:
        return None
    fields = ("tag", "sha", "known_from", "shipped_as")
    end = production.ended
    return {
        **{name: getattr(production, name) for name in fields},
        "ended": {"at": end.at.isoformat(), "ran": end.ran} if end else None,
    }


def _finding(result: RuleResult) -> dict[str, Any]:
    finding = result.finding
    return {
        "rule": result.rule,
        "level": str(result.level),
        "status": str(finding.status),
        "counts": result.counts,
        "message": finding.message,
        "why": finding.message,  # the name of `message` in version 1
        "remediation": finding.remediation,
        "commands": list(finding.commands),
        "actors": list(finding.actors),
        "locations": [
            {"path": at.path, "line": at.line or None, "end_line": at.end_line or None, "message": at.message}
            for at in finding.locations
        ],
        "details": list(finding.details),
        "more_details": finding.more_details,
        "suggestion": finding.suggestion,
        "override": _override(result.override),
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
