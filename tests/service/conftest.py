"""One simulated GitHub and one real service per test process; every test has a repository of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL, Engine, make_url

from app.storage import database
from app.storage.pulls import Head
from tests.forked import LINUX
from tests.github import App, GitHub, Installation, Org, Pull, Repo, Team, User
from tests.github.acme import FILES, FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG
from tests.postgres import Postgres
from tests.postgres import postgres as running_postgres
from tests.service.running import Service, counted, eventually, settings

names = counted("shop")


@dataclass
class House:
    """An organisation with the App installed, and who works there."""

    github: GitHub
    app: App
    org: Org
    leads: Team
    dev: User
    lead: User
    commander: User
    installation: Installation

    def shop(self, files: dict[str, str] | None = None) -> Repo:
        """A fresh repository whose tag `v1.2.3` runs in production, and whose main has moved on."""
        repo = self.github.create_repo(f"acme/{next(names)}", files=FILES | (files or {}), owner=self.dev)
        repo.add_collaborator(self.lead, "maintain")
        repo.add_collaborator(self.commander, "push")
        repo.tag(TAG)
        repo.commit("main", {"src/wishlist.py": "ITEMS = []\n"}, author=self.dev)
        return repo

    def hotfix(
        self, repo: Repo, branch: str = "hotfix/cart", body: str = GOOD_BODY, labels: tuple[str, ...] = ("hotfix",)
    ) -> Pull:
        """A pull request that does everything right."""
        repo.branch(branch, at=TAG)
        repo.commit(branch, FIX, message=GOOD_MESSAGE, author=self.dev)
        return self.dev.open_pull(
            repo, head=branch, base="main", title=GOOD_TITLE, body=body, labels=[*labels, "priority:critical"]
        )


def conclusion(pull: Pull) -> str | None:
    """Return the conclusion of the check `hotfix` on the head; None while it has none."""
    check = pull.check("hotfix")
    return check["conclusion"] if check else None


def output(pull: Pull) -> dict[str, Any]:
    """Return title and summary of the check on the head."""
    check = pull.check("hotfix")
    assert check is not None, "there is no check"
    found: dict[str, Any] = check["output"]
    return found


def concludes(pull: Pull, *, with_: str) -> None:
    """Wait for this conclusion on the head."""
    eventually(lambda: conclusion(pull) == with_, f"the check on {pull.url} to conclude with {with_}")


@contextmanager
def open_house() -> Iterator[House]:
    """Start a simulated GitHub with the organisation; it must have kept to what GitHub publishes."""
    with GitHub() as github:
        org = github.create_org("acme")
        dev, lead, commander = (github.create_user(login) for login in ("dev", "lead", "commander"))
        for user in (dev, lead, commander):
            org.add_member(user)
        leads = org.create_team("tech-leads", members=[lead])
        org.create_team("incident-commanders", members=[commander])
        org.create_team("security", members=[lead])
        app = github.create_app("hotfix")
        installation = github.install(app, "acme")
        yield House(github, app, org, leads, dev, lead, commander, installation)
        github.check()


@pytest.fixture(scope="session")
def shared_house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """The shared one for tests of the shared service, whose sweeps find everything in it; otherwise one of its own."""
    if "service" in request.fixturenames:
        yield request.getfixturevalue("shared_house")
        return
    with open_house() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared(shared_house: House, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Service]:
    """A service that runs as long as the tests do."""
    folder = tmp_path_factory.mktemp("service")
    environ = settings(shared_house.github, shared_house.app, f"sqlite:///{folder}/hotfix.db")
    # One is not forked from the template: the start itself is tested as well.
    service = Service(folder, environ, forked=LINUX and worker_id not in ("master", "gw0")).start()
    yield service
    service.stop()
    assert "Traceback" not in service.output


@pytest.fixture
def service(house: House, shared: Service) -> Service:
    """The shared service, with GitHub's webhooks pointed at it and GitHub well."""
    house.github.faults.clear()
    house.github.webhooks.clear()
    house.github.rate_limit()  # an hour's calls each: those of two hundred tests are more than GitHub gives
    house.app.webhook_url = shared.webhook_url
    return shared


@pytest.fixture
def own_service(house: House, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Makes services that a test may kill; GitHub's webhooks go to the last one made."""
    made: list[Service] = []

    def make(database: str = "", **others: str) -> Service:
        folder = tmp_path / f"service-{len(made)}"
        folder.mkdir()
        ours = settings(house.github, house.app, database or f"sqlite:///{folder}/hotfix.db")
        service = Service(folder, ours | others).start()
        made.append(service)
        house.app.webhook_url = service.webhook_url
        return service

    yield make
    house.github.faults.clear()  # what they hold would hold up the stop
    for service in made:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[URL]:
    """A fresh database. Ask for it before `own_service`, or it is dropped while the services still run."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the service's tables, on SQLite and on PostgreSQL."""
    url = make_url(f"sqlite:///{tmp_path}/hotfix.db")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
    engine = database.open_engine(url)
    database.migrate(engine)
    yield engine.execution_options(writes=True)
    engine.dispose()


def head(sha: str, since: float, before: str | None = None, *, open_: bool = True) -> Head:
    """What an event says of #42."""
    return Head(repo="acme/shop", number=42, installation=1, sha=sha, since=since, open=open_, before=before)
