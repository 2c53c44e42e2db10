"""Stages: each is derived from the state on GitHub."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hotfix.life.figures import measure
from hotfix.life.next_steps import NextTask
from hotfix.life.record import IncidentRecord, IssueStateChange
from hotfix.life.stages import Stage
from hotfix.life.timeline import TimelineEvent
from hotfix.life.words import phrases
from tests.unit.life.records import (
    APPROVED,
    BEFORE,
    BRANCH,
    HEAD,
    OLD,
    approved,
    at,
    command,
    deployment,
    life,
    pull,
    record,
    ruling,
    settled,
    shipped,
)

ROLLED_BACK = shipped(
    production=(BEFORE, deployment(3, 29, "success"), deployment(4, 35, "success", sha=OLD, name="v1.2.3"))
)
DRAFT = pull(draft=True)
WORKFLOW = "deploy: {workflow: ship.yml}"
FIRST = "f" * 40
CORRECTED = record(pulls=(approved(commits=(FIRST, HEAD)),), staging=(deployment(3, 15, "failure", sha=FIRST),))
"""The deployment of an earlier commit failed."""
FAILING = pull(ruling=ruling(12, "failure", size="failed"))


@pytest.mark.parametrize(
    ("of", "stage"),
    [
        (record(), Stage.DECLARED),
        (record(branches=(BRANCH,)), Stage.PREPARING),
        (record(branches=(BRANCH,), pulls=(DRAFT,)), Stage.FIXING),
        (record(pulls=(FAILING,)), Stage.FIXING),
        (record(pulls=(pull(ruling=None),)), Stage.FIXING),
        (record(pulls=(pull(),)), Stage.REVIEWING),
        (record(pulls=(approved(),)), Stage.STAGING),
        (record(pulls=(approved(open=False, merged_at=at(20)),)), Stage.STAGING),
        (record(pulls=(approved(),), production=(BEFORE, deployment(3, 29, "in_progress"))), Stage.PRODUCTION),
        (record(pulls=(approved(),), production=(deployment(3, 29, "in_progress", "failure"),)), Stage.STAGING),
        (shipped(), Stage.WATCHING),
        (shipped(commands=(command("verified", minutes=40),)), Stage.FOLLOW_UP),
        (settled(), Stage.VERIFIED),
        (replace(settled(), open=False, closed_at=at(95)), Stage.CLOSED),
        (ROLLED_BACK, Stage.ROLLED_BACK),
        (replace(ROLLED_BACK, pulls=(pull(head="d" * 40, commits=(HEAD, "d" * 40)),)), Stage.REVIEWING),
        (record(body="Severity: P2"), Stage.CAN_WAIT),
        (record(pulls=(pull(open=False, closed_at=at(15)),)), Stage.DECLARED),
        (record(pulls=(pull(open=False, closed_at=at(15)),), branches=(BRANCH,)), Stage.PREPARING),
        (record(pulls=(pull(), pull(number=43, branch="hotfix/other"))), Stage.FIXING),
    ],
)
def test_the_stage_follows_from_the_record(of: IncidentRecord, stage: Stage) -> None:
    assert life(of, 100).stage is stage


def test_a_rollback_of_the_broken_release_ends_the_incident() -> None:
    broken = deployment(2, -30, "success", sha="e" * 40, name="v1.3.0")
    back = deployment(5, 20, "success", sha=OLD, name="v1.2.3", kind="rollback")
    restored = record(production=(BEFORE, broken, back))
    assert life(restored, 100).stage is Stage.WATCHING
    assert life(replace(restored, commands=(command("verified", minutes=30),)), 100).stage is Stage.VERIFIED


def test_another_hotfix_s_rollback_is_not_this_incident_s() -> None:
    """The next hotfix was deployed after this one and rolled back, so the fix still runs."""
    other = deployment(4, 40, "success", sha="e" * 40, name="v1.2.4-hotfix.2")
    third = deployment(5, 50, "success", sha="f" * 40, name="v1.2.4-hotfix.3")
    to_other = deployment(6, 55, "success", sha="e" * 40, name="v1.2.4-hotfix.2", kind="rollback")
    to_fix = deployment(7, 58, "success", kind="rollback")
    of = life(shipped(production=(*shipped().production, other, third, to_other, to_fix)), 100)
    assert (of.stage, of.incident.rollback) == (Stage.WATCHING, None)
    assert [each.name for each in of.incident.deployments] == ["v1.2.4-hotfix.1"] * 2
    assert not [entry for entry in of.timeline if entry.event is TimelineEvent.ROLLED_BACK]


def test_a_rollback_to_the_broken_release_restores_nothing() -> None:
    """Another incident's hotfix was rolled back to the release that this incident is about."""
    other = deployment(4, 40, "success", sha="e" * 40, name="v1.2.4-hotfix.1")
    back = deployment(5, 50, "success", sha=OLD, name="v1.2.3", kind="rollback")
    of = life(record(production=(BEFORE, other, back)), 100)
    assert (of.stage, of.incident.restored, of.incident.deployments) == (Stage.DECLARED, None, ())


def test_each_stage_shows_how_long_it_took() -> None:
    found = [(p.stage, p.length.total_seconds() / 60 if p.length else None) for p in life(shipped(), 100).periods]
    assert found == [
        (Stage.DECLARED, 8),
        (Stage.PREPARING, 2),
        (Stage.FIXING, 3),
        (Stage.REVIEWING, 5),
        (Stage.STAGING, 11),
        (Stage.PRODUCTION, 1),
        (Stage.WATCHING, None),
    ]


STAGED = deployment(3, 24, "success", environment="staging")
STOPPED = deployment(4, 29, "in_progress", "failure")


@pytest.mark.parametrize(
    ("of", "task", "about"),
    [
        (record(pulls=(approved(),), staging=(STAGED,), production=(BEFORE, STOPPED)), NextTask.REDEPLOY, "production"),
        (
            record(pulls=(approved(open=False, merged_at=at(28), merge_sha="d" * 40),),
                   production=(BEFORE, replace(STOPPED, sha="d" * 40))),
            NextTask.REDEPLOY, "production",
        ),
        (
            record(pulls=(approved(),), staging=(STAGED, deployment(5, 40, "success", environment="staging")),
                   production=(BEFORE, STOPPED)),
            NextTask.SHIP, "",
        ),
        (
            record(pulls=(approved(),), staging=(STAGED,), production=(BEFORE, replace(STOPPED, sha="e" * 40))),
            NextTask.SHIP, "",
        ),
    ],
    ids=["stopped", "of the merge commit", "staged again", "of an earlier head"],
)  # fmt: skip
def test_a_stopped_canary_is_what_must_be_looked_at(of: IncidentRecord, task: NextTask, about: str) -> None:
    """The verdict passes anyway, and staging succeeded before."""
    (act,) = life(of, 100).acts
    assert (act.task, "".join(act.about)) == (task, about)
    assert life(of, 100).stage is Stage.STAGING
    if about:
        assert "find out why the deployment to production failed; then repeat it, or" in phrases.act(act)
        (act,) = life(of, 100, WORKFLOW).acts
        assert "then repeat it with `/hotfix ship`, or" in phrases.act(act)


def test_a_fix_that_failed_after_it_succeeded_is_not_there() -> None:
    """Nobody recorded a rollback, so what runs in production is unknown."""
    of = shipped(production=(BEFORE, deployment(3, 29, "in_progress", "success", "failure")))
    assert (life(of, 100).stage, life(of, 100).incident.in_production_at) == (Stage.STAGING, None)
    assert [act.task for act in life(of, 100).acts] == [NextTask.REDEPLOY]


def test_the_review_of_a_late_fix_began_with_its_push() -> None:
    of = life(record(pulls=(pull(head_pushed_at=at(60)),)), 62)
    assert [(p.stage, p.since) for p in of.periods][-2:] == [(Stage.FIXING, at(10)), (Stage.REVIEWING, at(60))]
    done = replace(approved(head_pushed_at=at(60)), reviews=(replace(APPROVED, at=at(65)),))
    assert measure(life(record(pulls=(done,)), 70)).times["review"] == timedelta(minutes=5)


def test_the_review_began_before_the_approval_that_is_not_enough() -> None:
    """A tech lead approved; the security team's approval is still missing."""
    of = pull(reviews=(APPROVED,))
    assert life(record(pulls=(of,)), 62).periods[-1].since == at(13)


def test_a_reopened_incident_continues_from_the_record() -> None:
    turns = (
        IssueStateChange(at=at(50), id=1, closed=True, by="dana"),
        IssueStateChange(at=at(60), id=2, closed=False, by="dana"),
    )
    assert life(shipped(turns=turns), 100).stage is Stage.WATCHING


def test_who_started_the_hotfix_is_its_author() -> None:
    by_app = pull(author="hotfix", authors=("hotfix",), draft=True)
    of = record(pulls=(by_app,), commands=(command("start checkout", by="eve", minutes=9, ruling=True, answered=True),))
    assert life(of, 20).acts[0].who == "eve"


@pytest.mark.parametrize(
    ("of", "rules", "task"),
    [
        (record(pulls=(approved(),)), "", NextTask.STAGE),
        (record(pulls=(approved(),)), WORKFLOW, NextTask.AWAIT_DEPLOYMENT),
        (record(pulls=(approved(open=False, merged_at=at(20)),)), WORKFLOW, NextTask.STAGE),
        (record(pulls=(approved(),), staging=(deployment(3, 29, "in_progress"),)), WORKFLOW, NextTask.WATCH_DEPLOYMENT),
        (record(pulls=(approved(),), staging=(deployment(3, 29, "failure"),)), WORKFLOW, NextTask.REDEPLOY),
        (record(pulls=(approved(),), staging=(deployment(3, 29, "success"),)), WORKFLOW, NextTask.SHIP),
        (record(pulls=(approved(same_repo=False),)), WORKFLOW, NextTask.STAGE),
        (CORRECTED, WORKFLOW, NextTask.AWAIT_DEPLOYMENT),
    ],
)
def test_no_task_for_what_the_app_starts(of: IncidentRecord, rules: str, task: NextTask) -> None:
    """The App starts the policy's workflow for each head that passes; a failed attempt or a fork needs a person."""
    assert [act.task for act in life(of, 100, rules).acts] == [task]
