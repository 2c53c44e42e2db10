"""The check run's summary: the verdict as developers read it on the pull request."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from hotfix.facts import Facts
from hotfix.finding import Finding, Status
from hotfix.policy import PATH, Policy
from hotfix.render import verdict_parts
from hotfix.render.clock import after_the_fix, clock, moment
from hotfix.render.safe_markdown import block, code, details, names, size, table, text
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

LONGEST = 65_535
"""GitHub's limit of `output.summary`."""
_LAST = "\n<sub>Evaluated at "

Part = Callable[[int], str]
"""A part of the summary, by how much it is squeezed: 0 shows everything, the last step is always short."""
_HARDEST = 4
_WHY = (1_000, 400, 200, 100, 60)
"""Most characters of a sentence, by squeeze."""
_DETAILS = (30, 10, 3, 0, 0)
"""Most lines of a rule's details, by squeeze."""
_BLOCK = (4_000, 2_000, 1_000, 600, 300)
"""Most characters of commands and suggestions, by squeeze; longer ones are left out whole, never cut."""


def summary(
    verdict: Verdict,
    *,
    policy: Policy | None = None,
    facts: Facts | None = None,
    retry_at: datetime | None = None,
) -> str:
    """Return the summary: GitHub-flavoured Markdown of at most LONGEST characters (and bytes).

    `policy` and `facts` add the deadline, the tasks after the fix, and who may override. `retry_at` is when what is
    unknown is tried again. Only the last line holds the time of the evaluation: see `without_time`.
    """
    policy = policy or Policy()
    parts: list[Part] = [partial(_opening, verdict, policy, facts, retry_at)]
    # In the order in which they are squeezed if there is too much: the first is the first to go.
    folding: list[Part] = []
    if verdict.kind is VerdictKind.HOTFIX:
        standing = verdict_parts.deciding(verdict)
        table_of, fixes = partial(_table, standing), partial(_fixes, standing)
        warned, passed = partial(_warnings, verdict), partial(_passing, verdict)
        after = partial(_after, policy, facts)
        parts += [table_of, fixes, partial(_overridden, verdict), warned, passed, after]
        parts.append(partial(_overriding, policy, facts))
        folding = [passed, fixes, warned, after]
    else:
        parts.append(partial(_note, verdict, policy))
    parts.append(partial(_evaluated, verdict))
    return _fitted(parts, folding)


def unknown(reason: str, *, head_sha: str, at: datetime, retry_at: datetime | None) -> tuple[str, str]:
    """Return the title and the summary of a check run for which the facts could not be read."""
    again = f"retrying at {moment(retry_at)}" if retry_at else "retrying soon"
    body = (
        f"## {verdict_parts.CONCLUSIONS[Conclusion.UNKNOWN]} There is no verdict yet, {again}\n\n{text(reason)}\n\n"
        "Nobody needs to act: the evaluation is retried automatically. Until then the hotfix does not pass.\n"
        f"{_LAST}{moment(at)}: {code(head_sha[:12])}.</sub>\n"
    )
    return f"Unknown, {again}", body


def without_time(summary: str) -> str:
    """Return the summary without the time of the evaluation, to see whether anything else changed."""
    return summary.rpartition(_LAST)[0] if _LAST in summary else summary


def _fitted(parts: Sequence[Part], folding: Sequence[Part]) -> str:
    """Return all that fits: what matters least is squeezed first, whole parts at a time."""
    written = {id(part): part(0) for part in parts}
    steps = [(part, level) for level in range(1, _HARDEST + 1) for part in folding]
    steps += [(part, level) for level in range(1, _HARDEST + 1) for part in parts if part not in folding]
    for part, level in steps:
        if sum(map(size, written.values())) + len(parts) <= LONGEST:
            break
        written[id(part)] = part(level)
    return "\n".join(piece for part in parts if (piece := written[id(part)]))


def _opening(verdict: Verdict, policy: Policy, facts: Facts | None, retry_at: datetime | None, squeeze: int) -> str:
    lines = [f"## {verdict_parts.CONCLUSIONS[verdict.conclusion]} {verdict_parts.headline(verdict)}\n"]
    if verdict.kind is not VerdictKind.HOTFIX:
        return lines[0]
    if facts and (due := clock(facts, policy)):
        lines.append(f"{due}\n")
    if who := verdict_parts.acting(verdict):
        now = "; ".join(f"{names([person])}: {_rules(rules)}" for person, rules in list(who.items())[:10])
        lines.append(f"**Who must act now:** {now}\n")
    if verdict.of(Status.FAILED) and (pending := verdict.of(Status.PENDING)):
        then = "; ".join(f"{names(result.finding.actors)}: {_rules([result.rule])}" for result in pending)
        lines.append(f"**Then:** {then}\n")
    if verdict.of(Status.UNKNOWN):
        again = f"at {moment(retry_at)}" if retry_at else "soon"
        lines.append(f"Some rules are unknown, retrying {again}. They do not count as passed.\n")
    if verdict.note:
        lines.append(_noted(verdict.note, squeeze))
    return "\n".join(lines)


def _table(standing: Sequence[RuleResult], squeeze: int) -> str:
    if not standing:
        return ""
    rows = [
        (
            f"{verdict_parts.MARKS[result.status]} {code(result.rule)}",
            text(result.finding.message, _WHY[squeeze]),
            _in_cell(result.finding, squeeze),
            names(result.finding.actors, 5) or "nobody: it is retried",
        )
        for result in standing
    ]
    return table(("Rule", "Why", "How to fix it", "Who can act"), rows)


def _in_cell(finding: Finding, squeeze: int) -> str:
    """Return the remediation and a short command; longer commands are below the table, to copy as a block."""
    words = text(finding.remediation, _WHY[squeeze])
    if not finding.commands:
        return words
    command = finding.commands[0]
    if len(finding.commands) > 1 or len(command) > 90 or not command.isprintable():
        return f"{words} (commands below)" if words else "See the commands below"
    return f"{words}: {code(command)}" if words else code(command)


def _fixes(standing: Sequence[RuleResult], squeeze: int) -> str:
    return "\n".join(piece for result in standing if (piece := _fix(result, squeeze)))


def _fix(result: RuleResult, squeeze: int) -> str:
    """Return the commands to copy, the details, and a corrected text."""
    finding, pieces = result.finding, []
    if finding.commands and (len(finding.commands) > 1 or "commands below" in _in_cell(finding, 0)):
        pieces.append(_whole("\n".join(finding.commands), "sh", squeeze))
    if lines := _lines(finding, squeeze):
        pieces.append("\n".join(lines) + "\n")
    if finding.suggestion:
        pieces.append(details("A corrected text to copy", _whole(finding.suggestion, "text", squeeze)))
    return "\n".join([f"### {code(result.rule)}\n", *pieces]) if pieces else ""


def _lines(finding: Finding, squeeze: int) -> list[str]:
    most = _DETAILS[squeeze]
    shown, more = verdict_parts.cut(finding, most)
    lines = [f"- {text(line, _WHY[squeeze])}" for line in shown]
    if more and most:
        lines.append(f"- ... and {more:,} more; `hotfix check --format json` in your clone lists them")
    return lines


def _whole(content: str, language: str, squeeze: int) -> str:
    if len(content) > _BLOCK[squeeze]:
        return "Too long to show here; `hotfix check` in your clone prints it.\n"
    return block(content, language)


def _overridden(verdict: Verdict, squeeze: int) -> str:
    lines = [
        f"- {code(j.rule)} was overridden by {names([o.by])} at {moment(o.at)}: {text(o.reason, _WHY[squeeze])}. "
        f"Its finding was: {text(j.finding.message, _WHY[squeeze])}"
        for j in verdict_parts.overridden(verdict)
        if (o := j.override)
    ]
    return "\n".join(["**Overridden** for this commit:\n", *lines]) + "\n" if lines else ""


def _warnings(verdict: Verdict, squeeze: int) -> str:
    found = verdict_parts.warnings(verdict)
    if not found:
        return ""
    if squeeze == _HARDEST:
        return f"**Warnings** (they don't block): {_rules([j.rule for j in found])}\n"
    lines = []
    for result in found:
        fix = _in_cell(result.finding, squeeze)
        lines.append(
            f"- ⚠️ {code(result.rule)}: {text(result.finding.message, _WHY[squeeze])}{f' — {fix}' if fix else ''}"
        )
    return "\n".join(["**Warnings** (they don't block):\n", *lines, "", _fixes(found, squeeze)])


def _passing(verdict: Verdict, squeeze: int) -> str:
    found = verdict_parts.passing(verdict) + verdict_parts.not_evaluated(verdict)
    if not found:
        return ""
    count = len(verdict_parts.passing(verdict))
    title = f"{count} rule{'' if count == 1 else 's'} pass{'es' if count == 1 else ''}"
    if squeeze >= 2:
        return f"{title}: {_rules([j.rule for j in verdict_parts.passing(verdict)])}\n"
    rows = [
        (f"{verdict_parts.MARKS[j.status]} {code(j.rule)}", text(j.finding.message, _WHY[squeeze + 1])) for j in found
    ]
    return details(title, table(("Rule", "Why"), rows))


def _after(policy: Policy, facts: Facts | None, squeeze: int) -> str:
    return "" if squeeze == _HARDEST else details("After the fix", after_the_fix(policy, facts))


def _overriding(policy: Policy, facts: Facts | None, squeeze: int) -> str:
    people = facts.people if facts else None
    may = sorted(people.tech_leads | people.incident_commanders, key=str.casefold) if people else []
    who = names(may or policy.overriders()) or "people who may maintain the repository"
    return details(
        "How to override a rule, and who may",
        f"Comment `/hotfix override RULE REASON`. It applies to this commit only. {who} may do so, unless they "
        "contributed to the branch. `/hotfix recheck` evaluates the rules again.\n",
    )


def _note(verdict: Verdict, policy: Policy, squeeze: int) -> str:
    noted = _noted(verdict.note, squeeze)
    if verdict.kind is VerdictKind.BROKEN_POLICY:
        return (
            f"**Who must act now:** **whoever may change the policy** (`{PATH}` on the default branch)\n\n{noted}\n"
            "Correct these lines: `hotfix policy validate` checks them in a clone, "
            "`hotfix policy explain` shows what each setting means. No hotfix can pass until then.\n"
        )
    if verdict.kind is VerdictKind.MISSING_LABEL:
        command = f"gh pr edit {verdict.pull or 'NUMBER'} --add-label {shlex.quote(policy.label)}"
        return (
            f"**Who must act now:** **the author**\n\n{noted}\n"
            f"Add the label if this is a hotfix; otherwise rename the branch:\n\n{block(command, 'sh')}"
        )
    return f"No hotfix rule applies. The label {code(policy.label)} makes a pull request a hotfix.\n\n{noted}"


def _noted(note: str, squeeze: int) -> str:
    """Return a note as Markdown; lines that begin with `- ` stay a list."""
    most = _DETAILS[min(squeeze, 1)]
    lines = [line for line in note.split("\n") if line.strip()]
    shown = [
        f"- {text(line[2:], _WHY[squeeze])}\n" if line.startswith("- ") else f"\n{text(line, _WHY[squeeze])}\n\n"
        for line in lines[:most]
    ]
    if len(lines) > most:
        shown.append(f"- ... and {len(lines) - most} more\n")
    return "".join(shown)


def _evaluated(verdict: Verdict, squeeze: int) -> str:
    against = f" against {code(verdict.production.tag)}" if verdict.production else ""
    shipped = ""
    if verdict.production and verdict.production.shipped_as:
        now = code(verdict.production.shipped_as)
        shipped = f"\nProduction already runs it, in {now}: it is evaluated{against}, which ran before.\n"
    return (
        f"{shipped}{_LAST}{moment(verdict.at)}: {code(verdict.head_sha[:12])}{against}; "
        f"policy: {text(verdict.policy_source, 300)}</sub>\n"
    )


def _rules(rules: Sequence[str]) -> str:
    return ", ".join(code(rule) for rule in rules)
