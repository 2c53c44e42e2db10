"""Records of one incident at each stage of its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hotfix.facts import Check, CheckState, People, ReviewState
from hotfix.life.incident_commands import IncidentCommand, parse
from hotfix.life.incident_life import Life, derive_life
from hotfix.life.record import (
    BackMergeStatus,
    GivenCommand,
    HotfixPull,
    IncidentBranch,
    IncidentDeployment,
    IncidentRecord,
    PublishedVerdict,
    RecordedStatus,
    ReviewGiven,
    ReviewRequested,
    SubIssue,
)
from hotfix.policy import Policy
from hotfix.policy.load import load

T0 = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
HEAD = "a" * 40
OLD = "b" * 40
RULES = (
    "severity", "branch", "size", "dependencies", "commits", "one-thing", "spec", "scope", "formatting", "tests",
    "title", "review", "security-review",
)  # fmt: skip

FORM = """\
### Severity

P0

### Category

API endpoint down

### Component

checkout

### Users affected

40 %

### Revenue impact

_No response_

### Started

2026-03-01T03:40+01:00

### Incident commander

@alice

### Customer-facing

yes

### What is broken

Every order fails
with a 500.
"""


def at(minutes: float) -> datetime:
    """Return the time this many minutes after the declaration."""
    return T0 + timedelta(minutes=minutes)


def policy(text: str = "") -> Policy:
    return load(text, "hotfix.yml")


def record(**changes: Any) -> IncidentRecord:
    """Return an incident that was just declared with the issue form."""
    made = IncidentRecord(
        repo="acme/shop", number=7, title="Checkout fails", body=FORM, url="https://github.com/acme/shop/issues/7",
        author="dana", created_at=T0, open=True, labels=("incident",), labelled_at=T0,
        people=People(tech_leads=frozenset({"lead", "lead2"}), incident_commanders=frozenset({"boss"})),
    )  # fmt: skip
    return replace(made, **changes)


def life(of: IncidentRecord, minutes: float = 1, rules: str = "") -> Life:
    return derive_life(of, policy(rules), at(minutes))


def command(text: str, by: str = "alice", minutes: float = 5, id: int = 0, **more: Any) -> GivenCommand:
    """Return a command, written by a person with write access by default."""
    (request,) = parse(f"/hotfix {text}")
    assert isinstance(request, IncidentCommand), request
    said = {"writer": True, "place": 7, **more}
    return GivenCommand(id=id or int(minutes * 100), at=at(minutes), by=by, request=request, **said)


def ruling(minutes: float = 20, conclusion: str = "success", **statuses: str) -> PublishedVerdict:
    rules = {rule: statuses.get(rule.replace("-", "_"), "passed") for rule in RULES}
    return PublishedVerdict(conclusion=conclusion, at=at(minutes), rules=rules)


def pull(**changes: Any) -> HotfixPull:
    """Return a pull request on which all rules except review pass."""
    made = HotfixPull(
        number=42, node="PR_42", title="HOTFIX: checkout", body="Fixes #7", url="https://github.com/acme/shop/pull/42",
        branch="hotfix/checkout", head=HEAD, base="main", author="dev", draft=False, open=True, created_at=at(10),
        authors=("dev",), commits=(HEAD,), ruling=ruling(12, "action_required", review="pending"),
        asked=(ReviewRequested(who="lead", at=at(13)),), requested=("lead",),
        checks=(Check(name="ci", state=CheckState.PASSED, required=True),), checked_at=at(14),
        spec="# HOTFIX: checkout\n\n## Verification\n1. Order something\n",
    )  # fmt: skip
    return replace(made, **changes)


APPROVED = ReviewGiven(id=5, by="lead", state=ReviewState.APPROVED, sha=HEAD, at=at(18))


def approved(**changes: Any) -> HotfixPull:
    return pull(reviews=(APPROVED,), ruling=ruling(), requested=(), **changes)


def deployment(
    id: int, minutes: float, *states: str, sha: str = HEAD, environment: str = "production", kind: str = "",
    name: str = "v1.2.4-hotfix.1",
) -> IncidentDeployment:  # fmt: skip
    """Return a deployment whose statuses are a minute apart."""
    seen = tuple(
        RecordedStatus(id=id * 10 + n, state=state, at=at(minutes + n), by="ci") for n, state in enumerate(states)
    )
    return IncidentDeployment(
        id=id, environment=environment, sha=sha, name=name, by="ci", at=at(minutes), kind=kind, states=seen
    )


BEFORE = deployment(1, -600, "success", sha=OLD, name="v1.2.3")
BRANCH = IncidentBranch(name="hotfix/checkout", sha=HEAD, at=at(8), by="dev")


def shipped(minutes: float = 30, **changes: Any) -> IncidentRecord:
    """Return the record of a fix that has been in production for `minutes`."""
    made = record(
        pulls=(approved(),),
        branches=(BRANCH,),
        staging=(deployment(2, minutes - 5, "success", environment="staging"),),
        production=(BEFORE, deployment(3, minutes - 1, "in_progress", "success")),
        carried=(BackMergeStatus(branch="main", contains=False),),
    )
    return replace(made, **changes)


def settled() -> IncidentRecord:
    """Return the record of a verified incident without open debts."""
    from hotfix.life.debts import key

    issues = tuple(
        SubIssue(
            number=50 + n, title=ticket, marker=f"follow-up {key(ticket)}", open=False, created_at=at(31),
            closed_at=at(60), closed_by="dev",
        )
        for n, ticket in enumerate(Policy().follow_ups.tickets)
    )  # fmt: skip
    meeting = SubIssue(
        number=60, title="Post-mortem", marker="post-mortem", open=False, created_at=at(31), closed_at=at(90)
    )
    return shipped(
        commands=(command("verified works again", minutes=40),),
        carried=(BackMergeStatus(branch="main", contains=True, at=at(50), by="dev", pull=43),),
        sub_issues=(*issues, meeting),
        branches=(),
        pulls=(approved(open=False, merged_at=at(50), merged_by="dev", closed_at=at(50), merge_sha="c" * 40),),
    )


def ticks(of: Life) -> Mapping[str, str]:
    """Return the ticked lines and by whom each was ticked."""
    return {line.text: line.tick.who for part in of.checklist for line in part.lines if line.tick}
