"""One page per rule: its reason, when it passes, an example finding with the fix, and the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.web.pages.rendering import prose
from hotfix.facts import Change, Facts
from hotfix.finding import Finding
from hotfix.policy import Policy
from hotfix.policy.explain import Setting, by_purpose, explain, written
from hotfix.remedies import rebase
from hotfix.render import verdict_parts
from hotfix.rules import RULES
from tests.unit.factories import BODY, MESSAGE, a_commit, a_facts, a_file, a_pull

_BEFORE = '{\n  "dependencies": {\n    "express": "4.21.0"\n  }\n}\n'
_SPACED = "@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b  =  2\n c = 3\n"

EXAMPLES: dict[str, tuple[str, Callable[[], Facts]]] = {
    "severity": (
        "The spec declares P2",
        lambda: a_facts(
            commits=(a_commit(message=MESSAGE.replace("P0", "P2")),), pull=a_pull(body=BODY.replace("P0", "P2"))
        ),
    ),
    "branch": (
        "The branch is not named as a hotfix",
        lambda: a_facts(branches=replace(a_facts().branches, head="fix-login")),
    ),
    "size": ("One file changes by 180 lines", lambda: a_facts(files=(a_file(additions=120, deletions=60),))),
    "dependencies": (
        "The hotfix updates express",
        lambda: a_facts(
            files=(a_file("package.json", before=_BEFORE, after=_BEFORE.replace("4.21.0", "5.1.0")),),
        ),
    ),
    "commits": ("A commit says `fix sessions`", lambda: a_facts(commits=(a_commit(message="fix sessions"),))),
    "one-thing": (
        "The commit names issue 7, the spec issue 8",
        lambda: a_facts(pull=a_pull(body=BODY.replace("Fixes #7", "Fixes #8"))),
    ),
    "spec": (
        "The root cause is still a placeholder",
        lambda: a_facts(pull=a_pull(body=BODY.replace("The expiry is not checked.", "[What caused it]"))),
    ),
    "scope": (
        "A file is renamed as well",
        lambda: a_facts(files=(a_file("src/new.py", change=Change.RENAMED, previous_path="src/old.py"),)),
    ),
    "formatting": ("One line only changes its spaces", lambda: a_facts(files=(a_file(patch=_SPACED),))),
    "tests": ("The source changes and no test does", lambda: a_facts(files=(a_file(),))),
    "title": ("The title does not say HOTFIX", lambda: a_facts(pull=a_pull(title="Expired sessions"))),
    "review": ("Nobody has approved yet", lambda: a_facts(pull=a_pull(reviews=()))),
    "security-review": (
        "A path of authentication changes, and only a tech lead approved",
        lambda: a_facts(files=(a_file("src/auth/session.py"),)),
    ),
}
"""Per rule: the problem of the example hotfix, and its facts."""

WHY: dict[str, str] = {
    "severity": (
        "A hotfix skips the release train, which costs care and other people's night. Only what is down, "
        "leaks, loses data or money, or breaks a major feature is worth that; everything else ships with the "
        "next release."
    ),
    "branch": (
        "A hotfix must bring the fix and nothing else to production. Cut from main, it would ship every "
        "unreleased commit with it, untested and unannounced."
    ),
    "size": "A tech lead has ten minutes to review it. What is small is read whole, and its rollback is understood.",
    "dependencies": (
        "A new version of a package brings changes that nobody here wrote or reviews in an emergency. An "
        "update that removes a known vulnerability is the exception."
    ),
    "commits": (
        "Whoever is on call next reads the history, not the chat: what was fixed, how bad it was, how it was "
        "tested, and how to undo it."
    ),
    "one-thing": "Two fixes in one hotfix can only be rolled back together, and reviewing one hides the other.",
    "spec": (
        "Two minutes of writing down problem, cause, fix and rollback plan save the hour in which nobody "
        "knows them. The files that it names keep the change from growing."
    ),
    "scope": "A renamed file hides what changed in it, and a changed pipeline may fail while production is down.",
    "formatting": "Layout changes hide the one line that matters from the reviewer.",
    "tests": "Without a test that fails before the fix, the same bug comes back with the next merge.",
    "title": "Everyone who sees the list of pull requests must see which one is the emergency.",
    "review": (
        "The author of a fix at night is the last to see what is wrong with it. One person who knows the "
        "system and did not write it looks at exactly what ships."
    ),
    "security-review": "A mistake in authentication, payment or secrets turns one incident into a worse one.",
}
"""The reason for each rule."""


def example(rule_id: str) -> Finding:
    """Return the rule's finding for its example, with default options."""
    rule = next(rule for rule in RULES if rule.id == rule_id)
    return rule.evaluate(EXAMPLES[rule_id][1](), rule.options())


def pages() -> dict[str, str]:
    """Return the rules' pages and their index: path within the site -> Markdown."""
    settings = explain(Policy())
    found = {
        "rules/index.md": "\n".join(
            [
                "# Rules",
                "",
                "A hotfix is evaluated by these rules. A rule at level `block` must pass; `warn` is only shown.",
                "",
                "| rule | passes | default |",
                "|---|---|---|",
                *(
                    f"| [`{rule.id}`]({rule.id}.md) | {rule.summary.removeprefix('passes ')} "
                    f"| `{rule.options().level}` |"
                    for rule in RULES
                ),
                "",
            ]
        )
    }
    for rule in RULES:
        own = [s for s in settings if s.key.rpartition(".")[0] == f"rules.{rule.id}"]
        found[f"rules/{rule.id}.md"] = _page(rule.id, rule.summary, own)
    return found


def _page(rule_id: str, summary: str, settings: list[Setting]) -> str:
    finding = example(rule_id)
    passes = summary.removeprefix("passes ")
    lines = [f"# The rule `{rule_id}`", "", "## Why", "", WHY[rule_id], "", "## Passes", ""]
    lines += [f"{passes[:1].upper()}{passes[1:]}.", "", "## Fails", "", f"For example: {EXAMPLES[rule_id][0]}.", ""]
    lines += [*_finding(finding), "", "## Fixes", "", *_fixes(finding)]
    lines += ["", "## Options", "", "| setting | default | meaning |", "|---|---|---|"]
    below: list[str] = []
    for setting in settings:
        default = written(setting.default)
        shown = "unset" if default == "unset" else f"`{default}`"
        if groups := by_purpose(setting):
            shown = "the globs below"
            below += ["", f'??? note "Default of `{setting.key}`"']
            below += [
                f"    - {purpose}: {', '.join(f'`{glob}`' for glob in globs)}" for purpose, globs in groups.items()
            ]
        cells = (f"`{setting.key}`", shown, setting.meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    lines += [*below, "", "Set these options in [the policy](../policy.md), under `rules`."]
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> list[str]:
    said = verdict_parts.sentence(finding.message, finding)
    details = verdict_parts.unsaid_lines(finding.message, finding.details)
    items = "".join(f"<li>{prose(line)}</li>" for line in details)
    return _quoted(f"<strong>{finding.status}:</strong> {prose(said)}", f"<ul>{items}</ul>" if items else "")


def _quoted(words: str, after: str = "") -> list[str]:
    """Return a paragraph in HTML as a quotation, in which Markdown would find markup of its own."""
    return [f"<blockquote><p>{words}</p>{after}</blockquote>"]


def _fixes(finding: Finding) -> list[str]:
    lines = [
        "The finding says what to do:",
        "",
        *_quoted(str(prose(verdict_parts.sentence(finding.remediation, finding)))),
    ]
    if finding.commands:
        several = len(finding.commands) > 1
        intro = "It shows the commands, in the order in which to run them:" if several else "It shows the command:"
        lines += ["", intro, "", "```bash"]
        lines += [*(line for command in finding.commands for line in rebase.in_lines(command)), "```"]
    if finding.suggestion:
        lines += ["", "It suggests a corrected text:", "", "````text", finding.suggestion.rstrip(), "````"]
    return [*lines, "", OVERRIDE]


OVERRIDE = (
    "A tech lead or incident commander who did not contribute to the branch can override the rule for one commit by a "
    "comment: `/hotfix override RULE REASON`."
)
