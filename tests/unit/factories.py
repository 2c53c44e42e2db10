"""Facts for unit tests: a valid hotfix in which each test changes what it tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from difflib import unified_diff
from typing import Any

from hotfix.facts import (
    Branches,
    Change,
    Commit,
    Facts,
    File,
    LongLived,
    People,
    Person,
    Production,
    PullRequest,
    Review,
    ReviewState,
)

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)
TAG_SHA = "1" * 40
HEAD_SHA = "2" * 40
PUSH = (
    "git fetch origin hotfix/expired-sessions; git push --force-with-lease=hotfix/expired-sessions:"
    '"$(git merge-base FETCH_HEAD $(git reflog --format=%H hotfix/expired-sessions))" origin hotfix/expired-sessions'
)
"""The command that publishes a rewritten branch."""

MESSAGE = """hotfix: reject expired sessions

Fixes #7
Severity: P0

Changes:
- check the expiry before the signature

Tested:
- log in with an expired session: 401

Rollback: git revert HEAD
"""

BODY = """# HOTFIX: expired sessions are accepted

## Severity: P0

## Problem
Expired sessions are accepted.

Fixes #7

## Impact
- Users affected: 100 %
- Revenue impact: none
- Duration: 20 minutes

## Root Cause
The expiry is not checked.

## Minimal Fix
Check the expiry before the signature.

## Files to Change
- src/session.py - check the expiry
- tests/test_session.py - an expired session

## Verification
1. Log in with an expired session: 401

## Rollback Plan
git revert the commit, deploy v1.2.3

## Post-Fix Actions
- [ ] Create follow-up ticket for permanent fix
- [ ] Update monitoring/alerts
- [ ] Post-mortem scheduled
"""


def a_commit(**changes: Any) -> Commit:
    dev = Person("dev", email="dev@example.com")
    commit = Commit(sha=HEAD_SHA, message=MESSAGE, parents=(TAG_SHA,), author=dev, committer=dev)
    return replace(commit, **changes)


def a_file(path: str = "src/session.py", **changes: Any) -> File:
    file = replace(File(path=path, change=Change.MODIFIED, additions=2, deletions=1), **changes)
    return file if "patch" in changes else replace(file, patch=a_patch(file.additions, file.deletions))


def a_patch(additions: int, deletions: int) -> str:
    """Return one hunk at the start of a file, with a real change."""
    old = [f"-old_{n} = {n}\n" for n in range(deletions)]
    new = [f"+new_{n} = {n}\n" for n in range(additions)]
    return f"@@ -1,{deletions + 1} +1,{additions + 1} @@\n" + "".join((*old, *new)) + " unchanged = True\n"


def a_patch_of(before: str, after: str) -> tuple[str, int, int]:
    """Return the hunks between two texts and the numbers of added and removed lines."""
    lines = list(unified_diff(before.split("\n"), after.split("\n"), lineterm=""))[2:]
    signs = [line[:1] for line in lines if not line.startswith("@@")]
    return "\n".join(lines), signs.count("+"), signs.count("-")


def a_pull(**changes: Any) -> PullRequest:
    pull = PullRequest(
        number=42,
        title="HOTFIX: expired sessions are accepted",
        body=BODY,
        author=Person("dev"),
        draft=False,
        open=True,
        created_at=NOW,
        labels=("hotfix", "priority:critical"),
        head_repo="acme/shop",
        requested_reviewers=(),
        reviews=(Review(author=Person("lead"), state=ReviewState.APPROVED, sha=HEAD_SHA, submitted_at=NOW),),
    )
    return replace(pull, **changes)


def a_facts(**changes: Any) -> Facts:
    """Return a hotfix that every rule passes; `changes` replaces fields."""
    facts = Facts(
        repo="acme/shop",
        head_sha=HEAD_SHA,
        now=NOW,
        production=Production(tag="v1.2.3", sha=TAG_SHA, known_from="deployment"),
        branches=Branches(
            head="hotfix/expired-sessions",
            base="main",
            head_patterns=("hotfix/*",),
            allowed_bases=("main",),
            tag_is_ancestor=True,
            merge_base=TAG_SHA,
            long_lived=(LongLived(name="main"),),
        ),
        commits=(a_commit(),),
        files=(a_file(), a_file("tests/test_session.py", additions=9, deletions=0)),
        people=People(tech_leads=frozenset({"lead"}), security=frozenset({"sec"})),
        pull=a_pull(),
    )
    return replace(facts, **changes)


def a_spec(words: str = "It is broken") -> str:
    """Return the spec template, filled in."""
    return f"""# HOTFIX: {words}

## Severity: P0

## Problem
{words}

## Impact
- Users affected: 30 %
- Revenue impact: none
- Duration: 20 minutes

## Root Cause
{words}

## Minimal Fix
{words}

## Files to Change
- src/a.py - {words}

## Verification
1. {words}

## Rollback Plan
{words}

## Post-Fix Actions
- [ ] Create follow-up ticket for permanent fix
"""
