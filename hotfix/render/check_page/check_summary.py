"""Assemble the parts of the summary in order, and squeeze them to fit GitHub's limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from hotfix.facts import Facts
from hotfix.policy import Policy
from hotfix.render import verdict_parts
from hotfix.render.check_page import afterwards, opening, rule_blocks
from hotfix.render.check_page.github_links import Links
from hotfix.render.safe_markdown import code, size, text
from hotfix.text.durations import moment
from hotfix.verdict import Conclusion, Verdict, VerdictKind

LONGEST = 65_535
"""GitHub's limit for `output.summary`, in characters."""
_LAST = "\n<sub>Evaluated at "

Part = Callable[[int], str]
"""A part of the summary. The argument is the squeeze level: 0 shows everything, `HARDEST` is always short."""


def summary(verdict: Verdict, *, policy: Policy | None = None, facts: Facts | None = None, github_url: str = "") -> str:
    """Return the summary: GitHub-flavoured Markdown of at most `LONGEST` characters and bytes.

    `policy` and `facts` add the line of facts, the next steps, and who may override. `github_url` is the base URL of
    GitHub's website; without it, there are no links. Only the last line contains the time of the evaluation; see
    `without_time`.
    """
    policy = policy or Policy()
    links = Links(github_url, verdict.repo or (facts.repo if facts else ""))
    parts: list[Part] = [partial(opening.first_lines, verdict, policy, facts, links)]
    # Parts that are squeezed before all others, in this order.
    folding: list[Part] = []
    if verdict.kind is VerdictKind.HOTFIX:
        found = partial(rule_blocks.deciding, verdict)
        warned, every = partial(rule_blocks.warnings, verdict), partial(rule_blocks.every_rule, verdict)
        after = partial(afterwards.after, verdict, policy, facts)
        parts += [found, partial(rule_blocks.overridden, verdict), warned]
        parts += [partial(afterwards.now, verdict, policy, facts, links), every, after]
        parts.append(partial(rule_blocks.overriding, verdict, policy, facts))
        folding = [every, found, warned, after]
    else:
        parts.append(partial(opening.without_rules, verdict, policy, links))
    parts.append(partial(_evaluated, verdict, links))
    return _fitted(parts, folding)


def unknown(reason: str, *, head_sha: str, at: datetime, retry_at: datetime | None) -> tuple[str, str]:
    """Return the title and the summary of a check run for which the facts could not be read.

    `retry_at` is None if a retry can't help until the App is granted the missing permissions.
    """
    again = f"retrying at {moment(retry_at)}" if retry_at else "GitHub does not permit what it needs"
    who = (
        "nobody, the evaluation is retried automatically"
        if retry_at
        else "whoever administers the App's installation on GitHub. It is evaluated again at the next event, and every "
        "few minutes"
    )
    mark = verdict_parts.CONCLUSIONS[Conclusion.UNKNOWN]
    body = (
        f"### {mark} No verdict yet\n\n"
        f"{text(reason)}\n\n"
        f"**Who must act:** {who}\n"
        f"{_LAST}{moment(at)}: {code(head_sha[:12])}.</sub>\n"
    )
    return f"Unknown, {again}", body


def without_time(summary: str) -> str:
    """Return the summary without the last line, which has the time of the evaluation, for comparing two summaries."""
    return summary.rpartition(_LAST)[0] if _LAST in summary else summary


def _fitted(parts: Sequence[Part], folding: Sequence[Part]) -> str:
    """Return the parts, squeezed until they fit: one part at a time, the least important ones first."""
    written = {id(part): part(0) for part in parts}
    steps = [(part, level) for level in range(1, rule_blocks.HARDEST + 1) for part in folding]
    steps += [(part, level) for level in range(1, rule_blocks.HARDEST + 1) for part in parts if part not in folding]
    for part, level in steps:
        if sum(map(size, written.values())) + len(parts) <= LONGEST:
            break
        written[id(part)] = part(level)
    return "\n".join(piece for part in parts if (piece := written[id(part)]))


def _evaluated(verdict: Verdict, links: Links, squeeze: int) -> str:
    against = f" against {code(verdict.production.tag)}" if verdict.production else ""
    if verdict.production and verdict.production.shipped_as:
        against += ", which ran before"
    return (
        f"{_LAST}{moment(verdict.at)}: {code(verdict.head_sha[:12])}{against}; "
        f"policy: {links.policy(text(verdict_parts.policy_source(verdict), 300), verdict.policy_source)}</sub>\n"
    )
