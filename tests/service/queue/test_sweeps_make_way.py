"""Work that an event requires runs before any sweep, however many repositories are being swept."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy.engine import Engine

from app.queue.handler_result import HandlerResult
from app.queue.intake import WebhookDelivery
from app.queue.job_result import JobResult
from app.queue.job_table import ClaimedJob
from app.queue.jobs import STALE, SWEPT, EvaluatePull, EvaluateRepo, Job, JobKind, SweepOpenHotfixes, SweepRepo
from tests.service.queue.test_worker import Running, evaluation

REPOS = 300
LONGEST = 600.0
"""Seconds after which a blocked job gives up, so that a failing test ends."""
BY_REPOSITORY: tuple[Job, ...] = tuple(SweepRepo(repo=f"acme/r{n}", installation=1) for n in range(REPOS))
BY_PULL: tuple[Job, ...] = tuple(
    EvaluatePull(repo=f"acme/r{n}", number=1, installation=1, likely=True, priority=SWEPT) for n in range(REPOS)
)


class SweptInstallation:
    """Jobs of an installation whose sweep finds all its work at once; its jobs block until `held` is set."""

    def __init__(self, found: tuple[Job, ...]) -> None:
        self.found, self.held = found, threading.Event()
        self.began: list[ClaimedJob[Job]] = []

    def perform(self, claimed: ClaimedJob[Job]) -> JobResult:
        self.began.append(claimed)
        if claimed.job.kind is JobKind.OPEN_HOTFIXES:
            return JobResult(jobs=self.found)
        if claimed.job.kind is JobKind.REPO:
            stale = [EvaluatePull(repo="acme/shop", number=n, likely=True, priority=STALE) for n in range(40)]
            return JobResult(jobs=tuple(stale))
        if claimed.priority >= SWEPT:
            self.held.wait(LONGEST)
        return JobResult()

    def swept(self) -> int:
        keys = {job.key for job in self.found}
        return sum(each.key in keys for each in list(self.began))

    def served(self) -> set[str]:
        return {each.key for each in list(self.began) if each.priority < SWEPT}


def delivery(guid: str, *wanted: Job) -> WebhookDelivery:
    result = HandlerResult(repo="acme/shop", jobs=wanted)
    return WebhookDelivery(guid=guid, event="push", action="", result=result)


@pytest.mark.parametrize("found", [pytest.param(BY_REPOSITORY, id="repositories"), pytest.param(BY_PULL, id="pulls")])
def test_an_event_is_served_while_every_sweep_is_held_up(engine: Engine, found: tuple[Job, ...]) -> None:
    """The 40 evaluations after a pushed tag, and that of one pull request, complete although no sweep can."""
    sweep = SweptInstallation(found)
    wanted = {evaluation(7).key, *(f"evaluate:acme/shop#{n}" for n in range(40))}

    async def scenario() -> None:
        async with Running(engine, sweep.perform) as running:
            await running.intake.take(delivery("g1", SweepOpenHotfixes()))
            await running.until(lambda: sweep.swept() > 0)
            await running.intake.take(delivery("g2", EvaluateRepo(repo="acme/shop", installation=1), evaluation(7)))
            try:
                await running.until(lambda: wanted <= sweep.served())
                assert sweep.swept() < REPOS
            finally:
                sweep.held.set()
            await running.until(lambda: sweep.swept() == REPOS)

    asyncio.run(scenario())
