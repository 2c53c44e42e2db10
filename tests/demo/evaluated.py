"""First act: an invalid hotfix fails, is fixed with the commands of its findings, approved, and passes."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tests.demo import show
from tests.demo.stage import Stage, wait_for_status, wait_for_verdict
from tests.github import Issue, Pull
from tests.service.running import eventually

FIX = """import { verify } from './signature.js'

export function open(token, now) {
  const session = verify(token)
  if (session.expires <= now) throw new Error('expired')
  return session
}
"""
TEST = """import { open } from '../src/session.js'

test('opens', () => open(good, 0))
test('refuses an expired session', () => expect(() => open(good, 9e9)).toThrow('expired'))
"""
BODY = """# HOTFIX: expired sessions are accepted

## Severity: P0

## Problem
Expired sessions are accepted, so a stolen cookie works for ever.

Fixes #1

## Impact
- Users affected: 100 %
- Revenue impact: none yet
- Duration: 40 minutes

## Root Cause
The expiry is read and never compared.

## Minimal Fix
Compare it before the session is handed out.

## Files to Change
- src/session.js - refuse an expired session
- test/session.test.js - a test that fails without it

## Verification
1. Log in, wait for the session to expire, reload: 401

## Rollback Plan
Deploy v1.2.3 again

## Post-Fix Actions
- [ ] Create follow-up ticket for permanent fix
- [ ] Update monitoring/alerts
- [ ] Post-mortem scheduled
"""
FORM = """### Severity

P0 (critical)

### Category

Authentication or authorization

### Users affected

100 %

### Incident commander

@tara

### What is broken

Expired sessions are accepted, so a stolen cookie works for ever.
"""
FILLED = {
    "Fixes": "#1",
    "Severity": "P0",
    "Changes": "- refuse an expired session",
    "Tested": "- npm test: an expired session is refused",
    "Rollback": "deploy v1.2.3 again",
}


class Act:
    """The steps that lead one pull request to a pass."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seen: dict[str, Any] | None = None

    def shell(self, line: str, *, editor: str = "true", keep: int = 6) -> str:
        done = self.stage.run(line, editor=editor)
        show.command(line, done.stdout, keep=keep)
        if done.returncode:
            raise SystemExit(f"the demo's command failed with status {done.returncode}: {line}\n{done.stdout}")
        return done.stdout

    def verdict(self, pull: Pull, began: float, since: str = "the push", *, conclusion: str | None = None) -> None:
        before = self.seen
        self.seen = wait_for_verdict(pull, unlike=before, conclusion=conclusion)
        fixed = [rule for rule in _failing(before) if rule not in _failing(self.seen)]
        show.check_run(self.seen, time.monotonic() - began, since=since, fixed=fixed)

    def findings(self, pull: Pull) -> list[dict[str, Any]]:
        """Return the findings of `hotfix judge`, the same ones that the check run shows, as JSON."""

        def evaluated() -> list[dict[str, Any]]:
            done = self.stage.run(f"hotfix judge {pull.repo.full_name}#{pull.number} --format json 2>/dev/null")
            found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
            return found

        return eventually(evaluated, "the findings")

    def finding(self, pull: Pull, rule: str) -> dict[str, Any]:
        """Return the finding of `hotfix judge` for one rule."""
        return next(one for one in self.findings(pull) if one["rule"] == rule)

    def obey(self, pull: Pull, rule: str) -> None:
        """Run exactly the commands of the finding. If git opens an editor, Mia fills in the corrected text."""
        found = self.finding(pull, rule)
        corrected = self.stage.home / "corrected"
        corrected.write_text(_filled(found["suggestion"]))
        began = time.monotonic()
        for line in found["commands"]:
            began = time.monotonic()
            self.shell(line, editor=f"cp {corrected}" if found["suggestion"] else "true", keep=0)
        self.verdict(pull, began)


def play(stage: Stage) -> tuple[Issue, Pull]:
    """Play the act; return the incident and its approved pull request."""
    act = Act(stage)
    show.step("Mia declares an incident by the form; Tara, the tech lead, commands it")
    incident = stage.mia.report(stage.shop, "Expired sessions are accepted", FORM)
    show.status(wait_for_status(incident, "stage **declared**"))
    show.step("Mia fixes it in a hurry, from main")
    act.shell("git checkout -q -b hotfix/expired-sessions main")
    (stage.clone / "src/session.js").write_text(FIX)
    (stage.clone / "test/session.test.js").write_text(TEST)
    manifest = stage.clone / "package.json"
    manifest.write_text(manifest.read_text().replace("4.21.0", "5.1.0"))
    act.shell("git commit -qam 'fix sessions, update express'")
    act.shell("git push -q -u origin hotfix/expired-sessions")
    began = time.monotonic()
    pull = stage.mia.open_pull(
        stage.shop, "hotfix/expired-sessions", title="HOTFIX: expired sessions", body="see chat", labels=["hotfix"]
    )
    show.say(f"She opens {pull.repo.full_name}#{pull.number} with the label hotfix. The check on GitHub:")
    act.verdict(pull, began, "she opened it")
    show.findings(act.findings(pull))

    show.step("The branch: main has work that nobody released; the commands of the finding:")
    act.obey(pull, "branch")
    show.step("The dependency: not tonight")
    act.obey(pull, "dependencies")
    show.step("The message as its finding corrects it: severity and issue are in it, too")
    act.obey(pull, "commits")
    show.step("The spec, in the pull request's body: what, why, how to go back")
    began = time.monotonic()
    stage.mia.label(pull, "priority:critical")
    stage.mia.edit_pull(pull, body=BODY)
    act.verdict(pull, began, "the edit", conclusion="action_required")
    show.step("Tara, asked for a review at once, reads a line and its test, and approves")
    # GitHub's timestamps have a resolution of one second: a review in the same second could be of the earlier text.
    time.sleep(1.1)
    began = time.monotonic()
    stage.tara.review(pull, "APPROVE", body="Fixes it, breaks nothing.")
    act.verdict(pull, began, "her approval", conclusion="success")
    return incident, pull


def _failing(check: dict[str, Any] | None) -> list[str]:
    """Return the rules that the title of a check run names as failing."""
    title = str(check["output"]["title"]) if check and check["conclusion"] == "failure" else ""
    return title.partition(": ")[2].split(", ") if title else []


def _filled(message: str) -> str:
    """Return the corrected message with its placeholders filled in, as Mia would in her editor."""
    lines: list[str] = []
    section = ""
    for line in message.splitlines():
        name = line.partition(":")[0].partition(" ")[0].strip()
        section = name if name in FILLED else section
        if re.search(r"\[[^\]]*\]|<[^>]*>", line):
            if line.startswith("-"):
                line = FILLED[section]
            elif section in FILLED:
                line = re.sub(r"(\[|<).*", FILLED[section], line, count=1)
        lines.append(line)
    return "\n".join(lines) + "\n"
