"""The workflow's five scenarios end to end: real git, the real service, the real Action."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scenarios import paths
from tests.scenarios.cases import DATA, ENDPOINT, PAYMENT, PERFORMANCE, SECURITY, Case
from tests.scenarios.transcript import PAGE, transcript
from tests.scenarios.walk import Walk


@pytest.mark.parametrize("case", [SECURITY, DATA, PERFORMANCE, PAYMENT, ENDPOINT], ids=lambda case: case.name)
def test_a_scenario_from_declaration_to_closing(walk: Callable[[Case], Walk], case: Case) -> None:
    one = walk(case)
    paths.PATHS[case.name](one)
    assert transcript(one) in PAGE.read_text(), "docs/life.md shows it otherwise: python -m tests.scenarios"
    if case is ENDPOINT:
        assert one.ticked_by == TICKED_BY


DECLARED = "Mia declares the incident by the form"
FIXED = "Mia fills in the spec, commits the fix, pushes it and asks for review"
STAGED = "The Action deploys to staging and checks its health"
SHIPPED = "The Action deploys to production: 10 %, measured, then 100 %"
VERIFIED = "Kim verifies it: `/hotfix verified`"
TICKED_BY = {
    paths.SEVERITY: DECLARED,
    paths.DECLARED: DECLARED,
    paths.NOTIFIED: DECLARED,
    paths.BRANCH: "Mia starts the hotfix: `/hotfix start endpoint`",
    paths.SPEC: FIXED,
    paths.FIX: FIXED,
    paths.TESTS: FIXED,
    paths.REVIEWED: "Tara, the tech lead, approves",
    paths.STAGED: STAGED,
    paths.STAGING: STAGED,
    paths.INITIATED: SHIPPED,
    paths.SUCCESSFUL: SHIPPED,
    paths.HEALTH: SHIPPED,
    paths.ERRORS: SHIPPED,
    paths.RESOLVED: VERIFIED,
    paths.MONITORED: paths.WATCH_ENDS,
    paths.UPDATED: SHIPPED,
    paths.PAGE: VERIFIED,
    paths.MERGED: "Tara merges it into main and develop",
    paths.TICKETS: SHIPPED,
    paths.MEETING: "Kim dates the post-mortem: `/hotfix post-mortem 2030-01-02T15:00+01:00`",
    paths.RUNBOOKS: "Mia updates the runbook: `/hotfix done runbooks`",
}
"""Each line of the checklist, and the event that ticks it."""
