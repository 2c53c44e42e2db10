"""One page per rule: when it passes, its options, and a real finding of a hotfix that fails it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from hotfix.facts import Change, Facts
from hotfix.finding import Finding
from hotfix.policy import Policy
from hotfix.policy.explain import Setting, explain, written
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
        "A file is renamed along the way",
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
"""Per rule: what is wrong with the hotfix, and its facts."""


def example(rule_id: str) -> Finding:
    """Return the rule's finding, at its default options, on its example."""
    rule = next(rule for rule in RULES if rule.id == rule_id)
    return rule.evaluate(EXAMPLES[rule_id][1](), rule.options())


def pages() -> dict[str, str]:
    """Return the rules' pages and their list: path within the site -> Markdown."""
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
        purpose = (sys.modules[rule.check.__module__].__doc__ or "").partition("\n")[0]
        found[f"rules/{rule.id}.md"] = _page(rule.id, purpose, rule.summary, own)
    return found


def _page(rule_id: str, purpose: str, summary: str, settings: list[Setting]) -> str:
    why = purpose.partition(": ")[2]
    lines = [f"# The rule `{rule_id}`", ""]
    if why:
        lines += [f"{why[:1].upper()}{why[1:]}", ""]
    lines += [f"It {summary}.", "", "## An example", "", f"{EXAMPLES[rule_id][0]}:", ""]
    lines += [*_finding(example(rule_id)), "", "## Options", "", "| setting | default | means |", "|---|---|---|"]
    for setting in settings:
        default = written(setting.default)
        shown = "unset" if default == "unset" else f"`{default}`"
        cells = (f"`{setting.key}`", shown, setting.meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    lines += ["", "The options stand in [the policy](../policy.md) under `rules`."]
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> list[str]:
    text = [f"{finding.status}: {finding.message}", *(f"  {line}" for line in finding.details)]
    lines = ["```text", *text, "```"]
    if finding.remediation:
        lines += ["", "What to do, in the finding's words:", "", "```text", finding.remediation, "```"]
    if finding.commands:
        lines += ["", "Its commands:", "", "```bash", *finding.commands, "```"]
    if finding.suggestion:
        lines += ["", "Its suggestion:", "", "````text", finding.suggestion.rstrip(), "````"]
    return lines
