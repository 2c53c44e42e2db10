"""Sweeps over GitHub's lists: redelivery of failed deliveries, each in its turn, and visits to installations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.app_identity import AppIdentity
from app.job_context import JobContext
from app.queue.jobs import Job, ReconcileLife, Redeliver, SweepInstallation, SweepInstallations
from app.storage import database, messages
from app.storage.messages import MessageRow
from app.tasks import find_incidents, sweeps
from hotfix.github.transport.github_app import GitHubApp
from tests.service.queue.test_budget import claimed

NOWHERE = "http://127.0.0.1:9/webhooks/github"


@pytest.fixture
def context(acme: Any, tmp_path: Path) -> Iterator[JobContext]:
    engine = database.open_engine(make_url(f"sqlite:///{tmp_path}/hotfix.db"))
    database.migrate(engine)
    github = GitHubApp(acme.app.id, acme.app.private_key, acme.github.api_url, clock=acme.github.clock.now)
    yield JobContext(github=github, engine=engine, lock=lambda *_: nullcontext(), me=AppIdentity(acme.app.id))
    github.close()
    engine.dispose()


def asked_for(acme: Any) -> Counter[str]:
    """Return how often each delivery was requested, by GUID, since the list of attempts was last cleared."""
    acme.github.settle()
    return Counter(delivery.guid for delivery in acme.github.deliveries if delivery.redelivery)


def lose(acme: Any, count: int) -> set[str]:
    """Send deliveries to an address without a listener."""
    acme.app.webhook_url = NOWHERE
    guids = {acme.github.webhooks.send(acme.app, "push", {"number": number}) for number in range(count)}
    acme.github.settle()
    acme.github.ignore_violations()
    return guids


def test_each_of_many_failed_deliveries_gets_its_turn(
    acme: Any, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them ever succeeds. GitHub lists 100 per page, and only a limited number is requested at a time."""
    monkeypatch.setattr(sweeps, "AGAIN_AT_ONCE", 60)
    lost = lose(acme, 130)
    job: Job = Redeliver()
    for expected in (60, 120):
        (job,) = sweeps.redeliver(context, claimed(job)).jobs
        assert asked_for(acme).total() == len(asked_for(acme)) == expected
        assert (job.args, job.delay) == ({}, 10.0), "the list is read again from the same time"

    (job,) = sweeps.redeliver(context, claimed(job)).jobs

    assert set(asked_for(acme)) == lost
    assert "read_to" in job.args
    assert job.delay == sweeps.EVERY


def test_a_suspended_installation_is_not_swept(acme: Any, context: JobContext) -> None:
    def swept() -> list[int]:
        jobs = sweeps.installations(context, claimed(SweepInstallations())).jobs
        return [job.installation for job in jobs if isinstance(job, SweepInstallation)]

    assert swept() == [acme.installation.id]
    acme.installation.suspend()
    assert swept() == []


def test_a_closed_incident_gets_a_message_that_was_refused(
    acme: Any, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the status page would still say "investigating" after the key was corrected."""
    monkeypatch.setattr(JobContext, "now", lambda _: acme.github.clock.now())
    old = acme.dev.report(acme.shop, "Checkout fails").number
    acme.github.clock.advance(find_incidents.LACKING.total_seconds() + 1)
    informed, lacking = (acme.dev.report(acme.shop, "Checkout fails").number for _ in range(2))
    row = MessageRow(repo="acme/shop", number=informed, recipient="status_page", key="x", kind="resolved", at=0.0)
    refused = [replace(row, number=number, problem="Statuspage refused: status 401") for number in (old, lacking)]
    with database.writing(context.engine) as connection:
        messages.record(connection, [row, *refused])
    for number in (old, informed, lacking):
        acme.dev.close_issue(acme.shop, number)

    found = find_incidents.find(context, claimed(ReconcileLife(repo="acme/shop", number=0))).jobs

    assert [job.number for job in found if isinstance(job, ReconcileLife)] == [lacking]
