"""Findings and verdicts to render, and how GitHub would interpret the resulting Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import chain

from markdown_it import MarkdownIt

from hotfix.facts import Override
from hotfix.finding import Finding, Status
from hotfix.rules.base import Level
from hotfix.verdict import RuleResult, Verdict, VerdictKind, conclude
from tests.unit.factories import HEAD_SHA, NOW, a_facts

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def a_failure(words: str = "a sentence", **changes: object) -> Finding:
    finding = Finding(status=Status.FAILED, message=words, remediation="fix it", actors=("the author",))
    return replace(finding, **changes)  # type: ignore[arg-type]


def verdict_of(*evaluated: RuleResult) -> Verdict:
    """Return the verdict with these results, on a hotfix without a pull request."""
    return Verdict(
        kind=VerdictKind.HOTFIX,
        conclusion=conclude(evaluated),
        head_sha=HEAD_SHA,
        at=NOW,
        findings=evaluated,
        production=a_facts().production,
    )


def a_verdict(**findings: Finding | RuleResult) -> Verdict:
    """Return the verdict on #42; each finding given is the result of a blocking rule."""
    evaluated = (
        f if isinstance(f, RuleResult) else RuleResult(rule=rule.replace("_", "-"), level=Level.BLOCK, finding=f)
        for rule, f in findings.items()
    )
    return replace(verdict_of(*evaluated), policy_source="acme/shop@abc:.github/hotfix.yml", pull=42)


def an_override(**changes: str) -> Override:
    return replace(Override(rule="size", by="lead", reason="it is fine", at=NOW, sha=HEAD_SHA), **changes)  # type: ignore[arg-type]


def shapes(markdown: str) -> list[str]:
    """Return the elements that GitHub would render, without their text."""
    words = {"text", "code_inline", "text_special", "softbreak"}
    tokens = chain.from_iterable([token, *(token.children or ())] for token in GFM.parse(markdown))
    return [
        token.content if token.type.startswith("html") else token.type for token in tokens if token.type not in words
    ]


def seen(markdown: str) -> str:
    """Return the text in which GitHub looks for mentions: decoded, without code."""
    html = re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", GFM.render(markdown), flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", html))
