"""The rules' results: a block for each that prevents a pass, and a line or a row for each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotfix.facts import Facts
from hotfix.finding import Finding, Status
from hotfix.policy import Policy
from hotfix.render import verdict_parts
from hotfix.render.safe_markdown import block, code, details, names, table, text
from hotfix.text.durations import moment
from hotfix.text.sentences import capitalized
from hotfix.verdict import Conclusion, RuleResult, Verdict

HARDEST = 4
LONGEST_WORDS = (1_000, 400, 200, 100, 60)
"""Most characters of a sentence, by squeeze."""
DETAILS = (30, 10, 3, 0, 0)
"""Most lines of a rule's details, by squeeze."""
_BLOCK = (4_000, 2_000, 1_000, 600, 300)
"""Most characters of commands and suggestions, by squeeze; longer ones are left out whole, never cut."""
_STATUSES = {
    Status.PASSED: "Passes",
    Status.FAILED: "Fails",
    Status.PENDING: "Pending",
    Status.UNKNOWN: "Unknown",
    Status.NOT_EVALUATED: "Not evaluated here",
}
_FEW = 2
"""Details that are shown without a fold; of a result that is unknown, they are what can be done."""
_FEW_UNKNOWN = 5
_PLACE = re.compile(r"line \d+ |(?P<where>[^\s:]+)(?::\d+ |(?: “[^”]*”)?: )")
"""Where in the change a detail is about, as it begins."""


def deciding(verdict: Verdict, facts: Facts | None, squeeze: int) -> str:
    """Return a block for each rule that prevents a pass: what is wrong, the fix, its commands.

    What several failed rules need is shown once: commands that restore the same files, and the push at the end.
    """
    needless, push = verdict_parts.needless(verdict), verdict_parts.common_push(verdict)
    failed = verdict.of(Status.FAILED)
    blocks = [_block(result, squeeze, needless.get(result.rule, ""), push) for result in failed]
    if push:
        blocks.append(f"#### Then push\n\n{block(push, 'sh')}")
    blocks += [_block(result, squeeze) for result in verdict_parts.deciding(verdict) if result not in failed]
    return "\n".join(blocks)


def warnings(verdict: Verdict, facts: Facts | None, squeeze: int) -> str:
    """Return a list of the rules that only warn, each with its fix."""
    found = verdict_parts.warnings(verdict)
    if not found:
        return ""
    if squeeze == HARDEST:
        return f"Warnings (optional): {', '.join(code(result.rule) for result in found)}\n"
    new = (
        " The hotfix can ship as it is. A correction by a new commit, such as a missing test, needs a new approval; it "
        "can also come with the next release."
        if verdict.conclusion is Conclusion.PASS
        else ""
    )
    heading = f"#### ⚠️ Warnings (optional)\n\nThey don't block.{new}\n"
    return "\n".join([heading, *(_warning(result, squeeze) for result in found)])


def overridden(verdict: Verdict, squeeze: int) -> str:
    """Return who overrode which rule, and why."""
    longest = LONGEST_WORDS[squeeze]
    lines = [
        f"- {code(result.rule)}, by {names([o.by])} at {moment(o.at)}: “{text(o.reason, longest)}”. "
        f"The rule had found: {text(result.finding.message, longest)}"
        for result in verdict_parts.overridden(verdict)
        if (o := result.override)
    ]
    return "\n".join(["#### Overridden for this commit\n", *lines]) + "\n" if lines else ""


def every_rule(verdict: Verdict, squeeze: int) -> str:
    """Return a folded table of all rules; what is shown above is not said again."""
    if squeeze >= 2:
        return f"Passed: {', '.join(code(result.rule) for result in verdict_parts.passing(verdict)) or 'no rule'}\n"
    quiet = (Status.PASSED, Status.NOT_EVALUATED)
    rows = [
        (
            f"{verdict_parts.MARKS[result.status]} {code(result.rule)}",
            text(_capital(result.finding.message, result.finding), LONGEST_WORDS[squeeze + 1])
            if result.status in quiet
            else f"{'Overridden' if result.override else _STATUSES[result.status]}, see above",
        )
        for result in verdict.findings
    ]
    count = len(verdict.findings)
    return details(f"Result of {'the rule' if count == 1 else f'all {count} rules'}", table(("Rule", "Result"), rows))


def overriding(verdict: Verdict, policy: Policy, facts: Facts | None, squeeze: int) -> str:
    """Return how to override a rule and who may; nothing if no rule prevents a pass."""
    if not verdict_parts.deciding(verdict):
        return ""
    people = facts.people if facts else None
    may = sorted(people.tech_leads | people.incident_commanders, key=str.casefold) if people else []
    who = names(may or policy.overriders(), 5) or "people who may maintain the repository"
    return (
        f"<sub>`/hotfix recheck` in a comment evaluates again. `/hotfix override RULE REASON` overrides a rule for "
        f"this commit: {who} may do so, unless they contributed to the branch.</sub>\n"
    )


def _block(result: RuleResult, squeeze: int, same_as: str = "", push: str = "") -> str:
    """Return a block; `same_as` is the rule whose commands do this as well, `push` a command that comes later."""
    finding, longest = result.finding, LONGEST_WORDS[squeeze]
    words = text(_capital(finding.message, finding), longest)
    if finding.remediation:
        label = "Next" if result.status is Status.PENDING else "Fix"
        words += f"\\\n**{label}:** {text(_capital(finding.remediation, finding), longest)}"
    commands = () if same_as else tuple(command for command in finding.commands if command != push)
    if same_as:
        words += f". The commands of {code(same_as)} cover this too"
    elif any(command.startswith("git stash") for command in commands):
        words += ". Your version stays in `git stash list`"
    pieces = [f"#### {verdict_parts.MARKS[result.status]} {code(result.rule)}\n", f"{words}\n"]
    if commands:
        pieces.append(_whole("\n".join(commands), "sh", squeeze))
    shown, more = _details(finding, squeeze)
    listed = [f"- {text(line, longest)}" for line in shown]
    if more and DETAILS[squeeze]:
        listed.append(f"- ... and {more:,} more; `hotfix check --format json` in your clone lists them")
    if listed:
        list_of = "\n".join(listed) + "\n"
        few = _FEW_UNKNOWN if result.status is Status.UNKNOWN else _FEW
        pieces.append(list_of if len(listed) <= few else details(f"{len(shown) + more:,} details", list_of))
    if finding.suggestion:
        pieces.append(details("A corrected text to copy", _whole(finding.suggestion, "text", squeeze)))
    return "\n".join(pieces)


def _warning(result: RuleResult, squeeze: int) -> str:
    """Return one item of a list, with its commands inside."""
    finding, longest = result.finding, LONGEST_WORDS[squeeze]
    words = f"- {code(result.rule)}: {text(_capital(finding.message, finding), longest)}"
    if finding.remediation:
        words += f". {text(_capital(finding.remediation, finding), longest)}"
    if not finding.commands:
        return f"{words}.\n"
    commands = _whole("\n".join(finding.commands), "sh", squeeze)
    return f"{words}:\n\n{''.join(f'  {line}' for line in commands.splitlines(keepends=True))}"


def _details(finding: Finding, squeeze: int) -> tuple[Sequence[str], int]:
    """Return the details to show, and how many more there are; none if the message says all of them already."""
    shown, more = verdict_parts.cut(finding, DETAILS[squeeze])
    if not more and all(_is_said(line, finding.message) for line in shown):
        return (), 0
    return shown, more


def _is_said(detail: str, message: str) -> bool:
    """Return whether a message holds a detail: what it says, and the file or commit that it is about."""
    place = _PLACE.match(detail)
    if place is None:
        return detail in message
    return (place["where"] or "") in message and detail[place.end() :] in message


def _capital(words: str, finding: Finding) -> str:
    """Return the words with a capital first letter, unless the first one is a name or a path."""
    return capitalized(words, (*finding.actors, *(place.path for place in finding.locations)))


def _whole(content: str, language: str, squeeze: int) -> str:
    if len(content) > _BLOCK[squeeze]:
        return "Too long to show here; `hotfix check` in your clone prints it.\n"
    return block(content, language)
