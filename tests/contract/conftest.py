"""Fixtures for `hotfix.github` on the simulated GitHub: real HTTP, real git, none of our code replaced."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from hotfix.github.evaluation import EvaluationOutcome, EvaluationRequest, evaluate_pull_request
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull.pull_facts import PullReading, gather
from hotfix.github.transport import connection
from hotfix.github.transport.github_app import GitHubApp, Installation
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the client's timeout, so that a call that a test holds never times out."""
    monkeypatch.setattr(connection, "TIMEOUT", 5 * PATIENCE)


@dataclass
class Service:
    """The service's state: the App, one installation and the caches. Its clock is that of the simulated GitHub."""

    acme: Any
    app: GitHubApp
    client: Installation
    caches: Caches = field(default_factory=Caches)

    @property
    def github(self) -> Any:
        return self.acme.github

    @property
    def now(self) -> datetime:
        found: datetime = self.acme.github.clock.now()
        return found

    def evaluate(self, pull: Any, **options: Any) -> EvaluationOutcome:
        asked = {name: options.pop(name) for name in EvaluationRequest.__slots__ if name in options}
        asked = {"client": self.client, "caches": self.caches, "now": self.now, **asked}
        request = EvaluationRequest(repo=pull.repo.full_name, number=pull.number, **asked)
        return evaluate_pull_request(request, **options)

    def evaluate_side_by_side(self, pull: Any, calls: int, **options: Any) -> EvaluationOutcome:
        """Evaluate, and answer only once this many calls are in progress, so none of them depends on another."""
        first = self.github.faults.add(hold=True, actor="installation")
        with ThreadPoolExecutor(1) as pool:
            evaluation = pool.submit(self.evaluate, pull, **options)
            try:
                first.wait_for_held(calls)
            finally:
                first.remove()
            return evaluation.result()

    def gather(self, pull: Any, **options: Any) -> PullReading:
        client = self.client.metered()
        repo, number = pull.repo.full_name, pull.number
        return gather(
            EvaluationRequest(client=client, caches=self.caches, repo=repo, number=number, now=self.now, **options)
        )

    def warm(self, pull: Any) -> None:
        """Evaluate once to fill the caches, then reset the recorded calls."""
        self.evaluate(pull)
        self.github.forget()

    def calls(self) -> list[Any]:
        """Return the calls of the App and its installation since the last `forget`."""
        found: list[Any] = self.github.calls_of("installation", "app")
        return found


@pytest.fixture
def service(acme: Any) -> Iterator[Service]:
    app = GitHubApp(acme.app.id, acme.app.private_key, acme.github.api_url, clock=acme.github.clock.now)
    yield Service(acme, app, app.installation(acme.installation.id))
    app.close()
