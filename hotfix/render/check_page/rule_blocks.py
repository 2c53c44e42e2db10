"""Render the results of the rules: a block for each one that prevents a pass, and a line or a table row for others."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix.facts import Facts
from hotfix.finding import Status
from hotfix.policy import Policy
from hotfix.remedies import rebase
from hotfix.render import verdict_parts
from hotfix.render.safe_markdown import block, code, details, html, names, table, text
from hotfix.text.durations import moment
from hotfix.verdict import Conclusion, RuleResult, Verdict

HARDEST = 4
LONGEST_WORDS = (1_000, 400, 200, 100, 60)
"""Maximum length of a sentence in characters, by squeeze level."""
DETAILS = (30, 10, 3, 0, 0)
"""Maximum number of details per rule, by squeeze level."""
_BLOCK = (4_000, 2_000, 1_000, 600, 300)
"""Maximum length of commands and suggestions in characters, by squeeze level; longer ones are omitted, never cut."""
_STATUSES = {Status.FAILED: "Fails", Status.PENDING: "Pending", Status.UNKNOWN: "Unknown"}
_FEW = 2
"""Maximum number of details shown without a collapsible section. An unknown result has a higher limit, because its
details say what can be done."""
_FEW_UNKNOWN = 5
_OPEN = 2
"""Maximum number of rules shown without collapsible sections. If there are more, only the first section is open."""


def deciding(verdict: Verdict, squeeze: int) -> str:
    """Return a block for each rule that prevents a pass: the problem, the fix and its commands.

    Commands shared by several rules are shown once: those that restore the same files, and the push after the last one.
    If there are many blocks, they are collapsed so that the problems fit on one screen.
    """
    needless, push = verdict_parts.needless(verdict), verdict_parts.common_push(verdict)
    failed, fold = verdict.of(Status.FAILED), is_folded(verdict)
    blocks = [
        _block(result, squeeze, needless.get(result.rule, ""), push, fold=fold, unfolded=result is failed[0])
        for result in failed
    ]
    if push and not _warnings_push(verdict):
        blocks.append(_then(push))
    later = [result for result in verdict_parts.deciding(verdict) if result not in failed]
    blocks += [_block(result, squeeze, fold=fold, unfolded=not failed and result is later[0]) for result in later]
    return "\n".join(blocks)


def is_folded(verdict: Verdict) -> bool:
    """Return whether the rules that prevent a pass are shown as collapsible sections."""
    return len(verdict_parts.deciding(verdict)) > _OPEN


def warnings(verdict: Verdict, squeeze: int) -> str:
    """Return a list of the rules that only warn, each with its fix; empty if there are none."""
    found = verdict_parts.warnings(verdict)
    if not found:
        return ""
    push = verdict_parts.common_push(verdict)
    last = (_then(push),) if push and _warnings_push(verdict) else ()
    if squeeze == HARDEST:
        return "\n".join([f"Warnings (optional): {', '.join(code(result.rule) for result in found)}\n", *last])
    new = (
        " The hotfix can ship as it is. A correction by a new commit, such as a missing test, needs a new approval; it "
        "can also come with the next release."
        if verdict.conclusion is Conclusion.PASS
        else ""
    )
    listed = [_warning(result, squeeze, push) for result in found]
    if is_folded(verdict):
        ids = ", ".join(f"<code>{result.rule}</code>" for result in found)
        folded = details(f"⚠️ Warnings (optional): {ids}", "\n".join(["They don't block.\n", *listed]))
        return "\n".join([folded, *last])
    return "\n".join([f"#### ⚠️ Warnings (optional)\n\nThey don't block.{new}\n", *listed, *last])


def _warnings_push(verdict: Verdict) -> bool:
    return any(verdict_parts.last_push(result) for result in verdict_parts.warnings(verdict))


def _then(push: str) -> str:
    return f"#### Then push\n\n{_commands([push])}"


def overridden(verdict: Verdict, squeeze: int) -> str:
    """Return the overridden rules, each with who overrode it, when and why; empty if there are none."""
    longest = LONGEST_WORDS[squeeze]
    lines = [
        f"- {code(result.rule)}, by {names([o.by])} at {moment(o.at)}: “{text(o.reason, longest)}”. "
        f"The rule had found: {text(result.finding.message, longest)}"
        for result in verdict_parts.overridden(verdict)
        if (o := result.override)
    ]
    return "\n".join(["#### Overridden for this commit\n", *lines]) + "\n" if lines else ""


def every_rule(verdict: Verdict, squeeze: int) -> str:
    """Return a collapsible table of all rules; those shown above are not described again."""
    if squeeze >= 2:
        return f"Passed: {', '.join(code(result.rule) for result in verdict_parts.passing(verdict)) or 'no rule'}\n"
    rows = [_row(result, LONGEST_WORDS[squeeze + 1]) for result in verdict.findings]
    count = len(verdict.findings)
    return details(f"Result of {'the rule' if count == 1 else f'all {count} rules'}", table(("Rule", "Result"), rows))


def _row(result: RuleResult, longest: int) -> tuple[str, str]:
    """Return a rule's row in the table of all rules; what doesn't block is not marked as a failure."""
    finding, mark = result.finding, verdict_parts.MARKS[result.status]
    if result.status in (Status.PASSED, Status.NOT_EVALUATED):
        words = text(verdict_parts.sentence(finding.message, finding), longest)
    elif result.override:
        mark, words = "⚠️", "Overridden, see above"
    elif not result.counts:
        mark, words = "⚠️", "Warning, see above"
    else:
        words = f"{_STATUSES[result.status]}, see above"
    return f"{mark} {code(result.rule)}", words


def overriding(verdict: Verdict, policy: Policy, facts: Facts | None, squeeze: int) -> str:
    """Return how to override a rule and who may do so; empty if no rule prevents a pass."""
    if not verdict_parts.deciding(verdict):
        return ""
    people = facts.people if facts else None
    may = sorted(people.tech_leads | people.incident_commanders, key=str.casefold) if people else []
    who = names(may or policy.overriders(), 5) or "people who may maintain the repository"
    return (
        f"<sub>`/hotfix recheck` in a comment evaluates again. `/hotfix override RULE REASON` overrides a rule for "
        f"this commit: {who} may do so, unless they contributed to the branch.</sub>\n"
    )


def _block(result: RuleResult, squeeze: int, same_as: str = "", push: str = "", *, fold: bool, unfolded: bool) -> str:
    """Return the block of a rule.

    `same_as` is another rule whose commands cover this one; `push` is a command that is shown after all blocks.
    """
    finding, mark, longest = result.finding, verdict_parts.MARKS[result.status], LONGEST_WORDS[squeeze]
    wrong = verdict_parts.sentence(finding.message, finding)
    pieces = _remedy(result, squeeze, same_as, push)
    if fold and pieces:
        title = f"{mark} <code>{result.rule}</code>: {html(wrong, longest)}"
        return details(title, "\n".join(pieces), unfolded=unfolded)
    if fold:
        return f"{mark} {code(result.rule)}: {text(wrong, longest)}\n"
    end = "\\\n" if finding.remediation or same_as else "\n\n" if pieces else "\n"
    return f"#### {mark} {code(result.rule)}\n\n{text(wrong, longest)}{end}" + "\n".join(pieces)


def _remedy(result: RuleResult, squeeze: int, same_as: str, push: str) -> list[str]:
    """Return what helps to fix a finding: the remediation, the commands, the details and the suggestion."""
    finding, longest, pieces = result.finding, LONGEST_WORDS[squeeze], []
    commands = () if same_as else tuple(command for command in finding.commands if command != push)
    sentences = [text(verdict_parts.sentence(finding.remediation, finding), longest)] if finding.remediation else []
    if same_as:
        sentences.append(f"The commands of {code(same_as)} cover this too")
    elif any(command.startswith("git stash") for command in commands):
        sentences.append("Run these in the root of your clone; your version stays in `git stash list`")
    if sentences:
        label = "Next" if result.status is Status.PENDING else "Fix"
        pieces.append(f"**{label}:** {'. '.join(sentences)}\n")
    if commands:
        pieces.append(_whole(commands, squeeze))
    shown, more = verdict_parts.unsaid(finding, DETAILS[squeeze])
    listed = [f"- {text(line, longest)}" for line in shown]
    if more and DETAILS[squeeze]:
        where = "" if more == finding.more_details else "; `hotfix check --format json` in your clone lists them"
        listed.append(f"- ... and {more:,} more{where}")
    if listed:
        list_of = "\n".join(listed) + "\n"
        few = _FEW_UNKNOWN if result.status is Status.UNKNOWN else _FEW
        pieces.append(list_of if len(listed) <= few else details(f"{len(shown) + more:,} details", list_of))
    if finding.suggestion:
        pieces.append(details("A corrected text to copy", _whole([finding.suggestion], squeeze, "text")))
    return pieces


def _warning(result: RuleResult, squeeze: int, push: str) -> str:
    """Return the list item of a warning, including its commands; `push` is a command that is shown after the list."""
    finding, longest = result.finding, LONGEST_WORDS[squeeze]
    words = f"- {code(result.rule)}: {text(verdict_parts.sentence(finding.message, finding), longest)}"
    if finding.remediation:
        words += f". {text(verdict_parts.sentence(finding.remediation, finding), longest)}"
    lines = [command for command in finding.commands if command != push]
    if not lines:
        return f"{words}.\n"
    commands = _whole(lines, squeeze)
    return f"{words}:\n\n{''.join(f'  {line}' for line in commands.splitlines(keepends=True))}"


def _whole(lines: Sequence[str], squeeze: int, language: str = "sh") -> str:
    if sum(map(len, lines)) > _BLOCK[squeeze]:
        return "Too long to show here; `hotfix check` in your clone prints it.\n"
    return _commands(lines) if language == "sh" else block(lines, language)


def _commands(commands: Sequence[str]) -> str:
    """Return commands as a code block, with lines short enough to need no horizontal scrolling."""
    return block((line for command in commands for line in rebase.in_lines(command)), "sh")
