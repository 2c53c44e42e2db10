"""The entry point to the simulated GitHub for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from tests.github.client.apps import App, Installation, Org
from tests.github.client.base import JSON, Wire
from tests.github.client.pull import Pull
from tests.github.client.records import Call, Delivery, as_call, as_delivery
from tests.github.client.repo import Files, Repo, encoded
from tests.github.client.user import User
from tests.waiting import PATIENCE, eventually

ROOT = "github-root"


class Clock:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def now(self) -> datetime:
        return datetime.fromisoformat(self._wire.sim("clock"))

    def set(self, moment: datetime) -> None:
        self._wire.sim("clock", now=moment.isoformat())

    def advance(self, seconds: float) -> None:
        self._wire.sim("clock", advance=seconds)


class Fault:
    def __init__(self, wire: Wire, number: int) -> None:
        self._wire = wire
        self._id = number

    @property
    def hits(self) -> int:
        """Return the number of calls affected so far."""
        count: int = self._wire.sim("fault_hits", id=self._id)
        return count

    @property
    def held(self) -> int:
        """Return the number of calls currently held."""
        count: int = self._wire.sim("fault_held", id=self._id)
        return count

    def wait_for_held(self, calls: int = 1) -> None:
        """Wait until at least this many calls are held at the same time."""
        eventually(lambda: self.held >= calls, f"{calls} calls to be held")

    def remove(self) -> None:
        """Remove the fault and answer the calls that it holds."""
        self._wire.sim("remove_fault", id=self._id)


class Faults:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def add(
        self, path: str = "*", method: str | None = None, *, status: int | None = None, delay: float | None = None,
        hold: bool = False, cut: str | None = None, rate: float = 1.0, count: int | None = None,
        retry_after: float | None = None, body: Any = None, raw: str | None = None,
        headers: Mapping[str, str] | None = None, actor: str | None = None, operation: str | None = None,
        after: int = 0,
    ) -> Fault:  # fmt: skip
        number = self._wire.sim(
            "add_fault", path=path, method=method, status=status, delay=delay, hold=hold, cut=cut, rate=rate,
            count=count, retry_after=retry_after, body=body, raw=raw, headers=dict(headers or {}), actor=actor,
            operation=operation, after=after,
        )  # fmt: skip
        return Fault(self._wire, number)

    def clear(self) -> None:
        self._wire.sim("clear_faults")

    def seed(self, number: int) -> None:
        self._wire.sim("seed", number=number)


class Webhooks:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def url(self, app: App, url: str | None) -> None:
        app.webhook_url = url

    def hold(self) -> None:
        self._wire.sim("hold")

    def release(self, order: str = "sent") -> None:
        self._wire.sim("release", order=order)

    def lose(self, count: int | None = None, event: str | None = None, rate: float = 1.0) -> None:
        self._wire.sim("mishap", kind="lose", count=count, event=event, rate=rate)

    def duplicate(self, count: int | None = None, event: str | None = None, rate: float = 1.0) -> None:
        self._wire.sim("mishap", kind="duplicate", count=count, event=event, rate=rate)

    def clear(self) -> None:
        self._wire.sim("clear_mishaps")

    def send(self, app: App, event: str, payload: JSON, guid: str | None = None) -> str:
        return str(self._wire.sim("send", app=app.id, event=event, payload=payload, guid=guid))

    def redeliver(self, guid: str) -> None:
        self._wire.sim("redeliver", guid=guid)


class GitHubClient:
    """Handles for a simulated GitHub that runs at `url`."""

    def __init__(self, url: str) -> None:
        self.wire = Wire(url)
        self.url = url
        self.api_url = self.wire.api_url
        self.graphql_url = self.wire.graphql_url
        self.clock = Clock(self.wire)
        self.faults = Faults(self.wire)
        self.webhooks = Webhooks(self.wire)
        self._root_token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.wire.http.close()

    # --- accounts and repositories ---

    @property
    def root_token(self) -> str:
        """Return the token of a site admin, which the handles use for reading."""
        if self._root_token is None:
            found = self.wire.http.send("POST", "/_sim/find_user", body={"login": ROOT})
            said = found.data["result"] if found.ok else self.wire.sim("create_user", login=ROOT, site_admin=True)
            self._root_token = str(said["token"])
        return self._root_token

    def create_user(
        self, login: str, name: str | None = None, email: str | None = None, site_admin: bool = False
    ) -> User:
        said = self.wire.sim("create_user", login=login, name=name, email=email, site_admin=site_admin)
        return User(self.wire, said)

    def create_users(self, *logins: str) -> list[User]:
        return [User(self.wire, said) for said in self.wire.sim("create_users", logins=logins)]

    def delete_user(self, user: User) -> None:
        self.wire.sim("delete_user", login=user.login)

    def user(self, login: str) -> User:
        return User(self.wire, self.wire.sim("find_user", login=login))

    def create_org(self, login: str) -> Org:
        self.wire.sim("create_org", login=login)
        return Org(self.wire, login)

    def org(self, login: str) -> Org:
        return Org(self.wire, login)

    def create_repo(
        self, name: str, files: Files | None = None, default_branch: str = "main", owner: User | None = None,
        private: bool = False, message: str = "Initial commit", **settings: Any,
    ) -> Repo:  # fmt: skip
        self.wire.sim(
            "create_repo", name=name, files=encoded(files), default_branch=default_branch,
            owner=owner.login if owner else None, private=private, message=message, **settings,
        )  # fmt: skip
        return self.repo(name)

    def repo(self, name: str) -> Repo:
        return Repo(self.wire, name, self.root_token)

    def pull(self, repo: str, number: int) -> Pull:
        return Pull(self.repo(repo), number)

    # --- apps ---

    def create_app(
        self, slug: str = "hotfix", permissions: Mapping[str, str] | None = None, events: Iterable[str] | None = None,
        webhook_url: str | None = None, webhook_secret: str | None = None, owner: Org | None = None,
    ) -> App:  # fmt: skip
        said = self.wire.sim(
            "create_app", slug=slug, permissions=None if permissions is None else dict(permissions),
            app_events=None if events is None else list(events), webhook_url=webhook_url,
            webhook_secret=webhook_secret, owner=owner.login if owner else None,
        )  # fmt: skip
        return App(self.wire, said, webhook_url)

    def install(self, app: App, account: str | Org | User, repos: Iterable[Repo] | None = None) -> Installation:
        login = account if isinstance(account, str) else account.login
        names = None if repos is None else [repo.full_name for repo in repos]
        return Installation(self.wire, self.wire.sim("install", app=app.id, account=login, repos=names)["id"])

    def app(self, number: int) -> JSON:
        """Return an App by its ID, as GitHub shows it publicly."""
        found: JSON = self.wire.sim("find_app", app=number)
        return found

    def sign_in(self, user: User | None) -> None:
        """Sign a user in to the simulated browser session; None signs out."""
        self.wire.sim("sign_in", login=user.login if user else None)

    def workflow_token(self, repo: Repo, permissions: Mapping[str, str] | None = None) -> str:
        wanted = None if permissions is None else dict(permissions)
        return str(self.wire.sim("workflow_token", repo=repo.full_name, permissions=wanted))

    def jwt(self, app: App) -> str:
        return app.jwt()

    def ids_from(self, first: int) -> None:
        """Set the next ID of comments, reviews, check runs, deployments and workflow runs."""
        self.wire.sim("ids_from", first=first)

    def token_lifetime(self, seconds: float) -> None:
        """Set the lifetime of installation tokens created from now on."""
        self.wire.sim("token_lifetime", seconds=seconds)

    def rest(
        self, method: str, path: str, token: str | None = None, body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        return self.wire.rest(method, path, token, body, headers)

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> JSON:
        return self.wire.graphql(query, variables, token or self.root_token)

    # --- recorded calls and deliveries ---

    def settle(self, timeout: float = PATIENCE) -> None:
        """Wait until every webhook has been answered. Raises TimeoutError."""
        if not self.wire.sim("settle", timeout=timeout):
            raise TimeoutError(f"webhooks are still under way after {timeout} s")

    @property
    def calls(self) -> list[Call]:
        return [as_call(said) for said in self.wire.sim("calls")]

    def calls_of(self, *kinds: str) -> list[Call]:
        """Return the calls by actors of these kinds: `installation`, `app`, `user`, `actions`."""
        return [call for call in self.calls if call.actor.partition(":")[0] in kinds]

    @property
    def deliveries(self) -> list[Delivery]:
        return [as_delivery(said) for said in self.wire.sim("deliveries")]

    @property
    def unheard(self) -> list[Delivery]:
        """Return the first attempt of each delivery without a successful response, redeliveries included."""
        return [as_delivery(said) for said in self.wire.sim("unheard")]

    @property
    def newest_delivery(self) -> int:
        """Return the ID of the newest delivery, or 0 if there is none."""
        number: int = self.wire.sim("newest_delivery")
        return number

    def forget(self) -> None:
        self.wire.sim("forget")

    @property
    def violations(self) -> list[str]:
        found: list[str] = self.wire.sim("violations")
        return found

    def check(self) -> None:
        """Raise AssertionError if an exchange violated GitHub's published API description."""
        found = self.violations
        if found:
            raise AssertionError(f"{len(found)} exchanges break GitHub's description:\n" + "\n".join(found[:20]))

    def ignore_violations(self) -> None:
        self.wire.sim("ignore_violations")

    def runs(self, repo: str | Repo) -> list[JSON]:
        name = repo if isinstance(repo, str) else repo.full_name
        found: list[JSON] = self.wire.sim("runs", repo=name)
        return found

    # --- faults ---

    @property
    def latency(self) -> float:
        seconds: float = self.wire.sim("settings")["latency"]
        return seconds

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.wire.sim("settings", latency=seconds)

    @property
    def outage(self) -> bool | int:
        state: bool | int = self.wire.sim("settings")["outage"]
        return state

    @outage.setter
    def outage(self, state: bool | int) -> None:
        self.wire.sim("settings", outage=state)

    def stale(self, repo: Repo, seconds: float | None = None, reads: int | None = None) -> None:
        self.wire.sim("stale", repo=repo.full_name, seconds=seconds, reads=reads)

    @contextmanager
    def rewording(self) -> Iterator[None]:
        """Reverse the spelling of display text written by Apps and workflows, so that no decision can depend on it."""
        self.wire.sim("reword", on=True)
        try:
            yield
        finally:
            self.wire.sim("reword", on=False)

    def rate_limit(self, limit: int = 5000, remaining: int | None = None, reset_in: float = 3600) -> None:
        self.wire.sim("rate_limit", limit=limit, remaining=remaining, reset_in=reset_in)
