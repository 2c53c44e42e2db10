"""Evaluate the rules: turn facts and a policy into a verdict. Pure except for a CPU time budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from hotfix.facts import Facts
from hotfix.finding import Status, unknown
from hotfix.policy import Policy
from hotfix.remedies import rebase
from hotfix.rules import RULES
from hotfix.rules.base import Level
from hotfix.rules.branch import RULE as BRANCH_RULE
from hotfix.verdict import RuleResult, Verdict, VerdictKind, conclude

CPU_BUDGET = 10.0
"""CPU time in seconds that all rules of one evaluation may take together. Every rule runs in time linear in its input
and limits that input, so only a bug can exhaust the budget."""


def evaluate(
    facts: Facts,
    policy: Policy,
    policy_source: str = "built-in defaults",
    cpu_clock: Callable[[], float] = time.thread_time,
) -> Verdict:
    """Return the verdict on a hotfix from every rule that the policy has not turned off.

    The same facts and policy give the same verdict. Once the CPU budget is exhausted, the remaining rules are unknown.
    """
    results = []
    if facts.spec_path != policy.spec_path:
        facts = replace(facts, spec_path=policy.spec_path)
    published = rebase.on_long_lived(facts) or bool(rebase.merged_into(facts))
    started = cpu_clock()
    slowest, longest = "", 0.0
    for rule in RULES:
        options = policy.options(rule)
        level = options.level
        override = next((o for o in facts.overrides if o.rule == rule.id and o.sha == facts.head_sha), None)
        baseless = rule.id == BRANCH_RULE.id and "production" in facts.missing
        if baseless:  # without a baseline the other rules' findings are meaningless, so this can't be overridden
            level = Level.BLOCK
        if level is Level.OFF:
            continue
        before = cpu_clock()
        if before - started > CPU_BUDGET:
            finding = unknown(
                f"The evaluation ran out of processor time ({CPU_BUDGET:g} s), most of it in the rule {slowest}"
            )
        else:
            finding = rule.evaluate(facts, options)
            if (spent := cpu_clock() - before) > longest:
                slowest, longest = rule.id, spent
        if published and rule.id != BRANCH_RULE.id:  # published commits are never amended: a new branch is needed first
            finding = replace(finding, remediation="", commands=(), fix=(), suggestion="")
        if baseless and override:
            said = f"The override by {override.by} doesn't count: every rule compares with what runs in production"
            finding, override = replace(finding, details=(*finding.details, said)), None
        results.append(RuleResult(rule=rule.id, level=level, finding=finding, override=override))
    findings = tuple(results)
    undecided = any(each.counts and each.status is Status.UNKNOWN for each in findings)
    return Verdict(
        kind=VerdictKind.HOTFIX,
        conclusion=conclude(findings),
        head_sha=facts.head_sha,
        at=facts.now,
        findings=findings,
        policy_source=policy_source,
        production=facts.production,
        repo=facts.repo,
        pull=facts.pull.number if facts.pull else None,
        retry=undecided and bool(facts.passing),
    )
