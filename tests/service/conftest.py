"""Fixtures of the service's tests: one simulated GitHub and one service per test process, one repository per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from sqlalchemy.engine import URL, Engine, make_url

from app.storage import database
from app.storage.pulls import Head
from tests.chaos.clock import Clock
from tests.forked import LINUX
from tests.github import App, GitHub, Installation, Org, Pull, Repo, Team, User
from tests.github.acme import FILES, FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG
from tests.postgres import Postgres
from tests.postgres import postgres as running_postgres
from tests.service.running import Service, counted, eventually, settings

names = counted("shop")
T = TypeVar("T")


@dataclass
class House:
    """An organisation with the App installed, and its users."""

    github: GitHub
    app: App
    org: Org
    leads: Team
    dev: User
    lead: User
    commander: User
    installation: Installation
    clock: Clock
    """The clock of the services."""
    service: Service | None = None
    """The service to which GitHub's webhooks go."""

    def pass_time(self, seconds: float) -> None:
        """Let time pass for GitHub and the services."""
        self.clock.pass_(seconds)
        self.github.clock.advance(seconds)

    def skip_to_retry(self, repo: Repo) -> None:
        """Let the time pass until the service retries a job of this repository, if that is what it does next."""
        assert self.service is not None
        due_at = self.service.next_retry(repo.full_name)
        if due_at is not None:
            self.pass_time(max(0.0, due_at - self.clock.now()))

    def shop(self, files: dict[str, str] | None = None) -> Repo:
        """Create a repository whose tag `v1.2.3` runs in production and whose main has newer commits."""
        repo = self.github.create_repo(f"acme/{next(names)}", files=FILES | (files or {}), owner=self.dev)
        repo.add_collaborator(self.lead, "maintain")
        repo.add_collaborator(self.commander, "push")
        repo.tag(TAG)
        repo.commit("main", {"src/wishlist.py": "ITEMS = []\n"}, author=self.dev)
        return repo

    def hotfix(
        self, repo: Repo, branch: str = "hotfix/cart", body: str = GOOD_BODY, labels: tuple[str, ...] = ("hotfix",)
    ) -> Pull:
        """Open a hotfix pull request that passes once it is approved."""
        repo.branch(branch, at=TAG)
        repo.commit(branch, FIX, message=GOOD_MESSAGE, author=self.dev)
        return self.dev.open_pull(
            repo, head=branch, base="main", title=GOOD_TITLE, body=body, labels=[*labels, "priority:critical"]
        )


def conclusion(pull: Pull) -> str | None:
    """Return the conclusion of the check `hotfix` on the head; None if it has none yet."""
    check = pull.check("hotfix")
    return check["conclusion"] if check else None


def output(pull: Pull) -> dict[str, Any]:
    """Return the title and summary of the check on the head."""
    check = pull.check("hotfix")
    assert check is not None, "there is no check"
    found: dict[str, Any] = check["output"]
    return found


def concludes(pull: Pull, *, with_: str, skipping: House | None = None) -> None:
    """Wait until the check on the head has this conclusion. `skipping`: the house whose backoff is skipped."""
    what = f"the check on {pull.url} to conclude with {with_}"
    after_retries(skipping, pull.repo, lambda: conclusion(pull) == with_, what)


def after_retries(house: House | None, repo: Repo, holds: Callable[[], T], what: str) -> T:
    """Wait until `holds` returns a true value, and return it, skipping the pauses between the service's retries."""

    def now() -> T:
        value = holds()
        if not value and house is not None:
            house.skip_to_retry(repo)
        return value

    return eventually(now, what)


@contextmanager
def open_house() -> Iterator[House]:
    """Start a simulated GitHub with the organisation; at the end, assert that all exchanges match its schemas."""
    with TemporaryDirectory(prefix="clock-") as folder, GitHub() as github:
        org = github.create_org("acme")
        dev, lead, commander = github.create_users("dev", "lead", "commander")
        for user in (dev, lead, commander):
            org.add_member(user)
        leads = org.create_team("tech-leads", members=[lead])
        org.create_team("incident-commanders", members=[commander])
        org.create_team("security", members=[lead])
        app = github.create_app("hotfix")
        installation = github.install(app, "acme")
        yield House(github, app, org, leads, dev, lead, commander, installation, Clock(Path(folder)))
        github.check()


@pytest.fixture(scope="session")
def shared_house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Yield the shared house to tests of the shared service, whose sweeps read all of it; otherwise a new one."""
    if "service" in request.fixturenames:
        yield request.getfixturevalue("shared_house")
        return
    with open_house() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared(shared_house: House, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Service]:
    """Run one service for the whole test session."""
    folder = tmp_path_factory.mktemp("service")
    environ = settings(shared_house.github, shared_house.app, f"sqlite:///{folder}/hotfix.db")
    # One worker doesn't fork its service from the template, so that a normal start is tested as well.
    environ |= shared_house.clock.env
    service = Service(folder, environ, forked=LINUX and worker_id not in ("master", "gw0")).start()
    service.clock = shared_house.clock.now
    yield service
    service.stop()
    assert "Traceback" not in service.output


@pytest.fixture
def service(house: House, shared: Service) -> Service:
    """Return the shared service, with GitHub's webhooks sent to it and all faults removed."""
    house.github.faults.clear()
    house.github.webhooks.clear()
    house.github.rate_limit()  # a fresh hourly limit: two hundred tests together need more calls than GitHub allows
    house.app.webhook_url = shared.webhook_url
    house.service = shared
    return shared


@pytest.fixture
def own_service(house: House, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Yield a function that starts services a test may kill; GitHub's webhooks go to the one started last."""
    made: list[Service] = []

    def make(database: str = "", **others: str) -> Service:
        folder = tmp_path / f"service-{len(made)}"
        folder.mkdir()
        ours = settings(house.github, house.app, database or f"sqlite:///{folder}/hotfix.db")
        service = Service(folder, ours | house.clock.env | others).start()
        service.clock = house.clock.now
        made.append(service)
        house.app.webhook_url = service.webhook_url
        house.service = service
        return service

    yield make
    house.github.faults.clear()  # requests that they hold would delay the stop
    for service in made:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[URL]:
    """Create a database. Request it before `own_service`; otherwise it is dropped while the services still run."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield a database with the service's tables, once on SQLite and once on PostgreSQL."""
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
    engine = database.open_engine(url)
    database.migrate(engine)
    yield engine
    engine.dispose()


def head(sha: str, since: float, before: str | None = None, *, open_: bool = True) -> Head:
    """Return the head that an event reports for pull request 42."""
    return Head(repo="acme/shop", number=42, installation=1, sha=sha, since=since, open=open_, before=before)
