"""Sweeps over GitHub's lists: failed deliveries are asked for again, each in its turn; installations are visited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.app_identity import AppIdentity
from app.job_context import JobContext
from app.queue.jobs import Job, Redeliver, SweepInstallation, SweepInstallations
from app.storage import database
from app.tasks import sweeps
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
    """Return how often each delivery was asked for, by GUID, since the list of attempts was last cleared."""
    acme.github.settle()
    return Counter(delivery.guid for delivery in acme.github.deliveries if delivery.redelivery)


def lose(acme: Any, count: int) -> set[str]:
    """Send deliveries to an address where nobody answers."""
    acme.app.webhook_url = NOWHERE
    guids = {acme.github.webhooks.send(acme.app, "push", {"number": number}) for number in range(count)}
    acme.github.settle()
    acme.github.ignore_violations()
    return guids


def test_each_of_many_failed_deliveries_gets_its_turn(
    acme: Any, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them ever arrives; GitHub lists 100 a page, and no more than a limit are asked for at a time."""
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
