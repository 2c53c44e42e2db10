"""Facts and policy in, verdict out. Pure: the same facts and policy give the same verdict."""

from __future__ import annotations

from dataclasses import replace

from hotfix.facts import Facts
from hotfix.policy import Policy
from hotfix.rules import RULES
from hotfix.rules.base import Level, RuleOptions
from hotfix.verdict import Judged, Kind, Verdict, conclude


def judge(facts: Facts, policy: Policy, policy_source: str = "built-in defaults") -> Verdict:
    """Judge a hotfix by every rule that the policy has not turned off."""
    findings = []
    facts = replace(facts, spec_path=policy.spec_path)
    for rule in RULES:
        options: RuleOptions = policy.options(rule)
        if options.level is Level.OFF:
            continue
        override = next((o for o in facts.overrides if o.rule == rule.id and o.sha == facts.head_sha), None)
        findings.append(
            Judged(rule=rule.id, level=options.level, finding=rule.judge(facts, options), override=override)
        )
    judged = tuple(findings)
    return Verdict(
        kind=Kind.HOTFIX,
        conclusion=conclude(judged),
        head_sha=facts.head_sha,
        at=facts.now,
        findings=judged,
        policy_source=policy_source,
        production=facts.production,
        pull=facts.pull.number if facts.pull else None,
    )
