"""The GitHub App and its installations: their identity, repositories and webhook deliveries.

app = GitHubApp(app_id, pem, "https://api.github.com")
client = app.installation(app.installation_of("acme/shop"))
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from hotfix.github.transport.access_tokens import AppKey, InstallationTokens, OneToken
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, WrongAddress
from hotfix.github.transport.exchange import Clock, Transport, utcnow


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """The App as registered on GitHub."""

    id: int
    slug: str
    permissions: Mapping[str, str]
    events: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationInfo:
    """An installation of the App on one account."""

    id: int
    account: str
    suspended: bool
    permissions: Mapping[str, str]
    """The permissions granted."""
    url: str
    """Its settings page, where an owner can grant more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """An entry in GitHub's list of webhook deliveries."""

    id: int
    guid: str
    delivered_at: datetime
    status: int
    """HTTP status of the service's response; 0 or 5xx if there was none."""
    redelivery: bool
    """Whether this attempt was a requested redelivery."""
    event: str = ""

    @property
    def failed(self) -> bool:
        """Whether the service failed to accept it."""
        return not 200 <= self.status < 300


class GitHubApp:
    """The App itself. Raises WrongKey on creation if the private key can't be read."""

    def __init__(
        self, app_id: int, private_key_pem: str, api_url: str, *, web_url: str = "", clock: Clock = utcnow
    ) -> None:
        """Parse the key. `web_url`: GitHub's web address, if it can't be derived from the API's."""
        self.app_id = app_id
        self.transport = Transport(api_url, clock, web_url)
        self._key = AppKey(self.app_id, private_key_pem, clock)
        self.client = Client(self.transport, self._key)
        self._installations: dict[int, Installation] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"GitHubApp({self.app_id} at {self.transport.api_url})"

    def close(self) -> None:
        """Stop the threads and close the connections of all its clients."""
        self.transport.close()

    def as_user(self, token: str) -> Client:
        """Return a client that acts for a user who logged in through the App."""
        return Client(self.transport, OneToken(token))

    def verify(self) -> AppInfo:
        """Return this App's registration, which verifies its key.

        Raises NotPermitted if the key is not this App's, WrongAddress if the API address is not GitHub's, and
        TransientError, with the host and the cause, if it can't be reached.
        """
        try:
            answer = self.client.request("GET", "/app")
        except (NotPermitted, NotFound, RequestRefused) as error:
            if not error.from_github:
                raise WrongAddress(
                    f"There is no GitHub API at {self.transport.api_url} ({error}); on GitHub Enterprise Server it is "
                    "https://HOST/api/v3."
                ) from None
            raise NotPermitted(
                f"GitHub at {self.transport.api_url} does not accept this key for App {self.app_id}: check the App id, "
                "the key and the clock."
            ) from None
        data = answer.data
        if not isinstance(data, dict) or not isinstance(data.get("id"), int):
            raise WrongAddress(
                f"What answers at {self.transport.api_url} is not the GitHub API; on GitHub Enterprise Server it is "
                "https://HOST/api/v3."
            )
        return AppInfo(
            id=data["id"],
            slug=data.get("slug") or "",
            permissions=data.get("permissions") or {},
            events=data.get("events") or (),
        )

    def installations(self) -> list[InstallationInfo]:
        """Return all installations, including suspended ones."""
        return [
            InstallationInfo(
                id=item["id"],
                account=(item.get("account") or {}).get("login") or "a deleted account",
                suspended=item.get("suspended_at") is not None,
                permissions=item.get("permissions") or {},
                url=item.get("html_url") or "",
            )
            for item in self.client.pages("/app/installations")
        ]

    def installation(self, installation_id: int) -> Installation:
        """Return the client of an installation; the same object each time, so that its token is shared."""
        with self._lock:
            if (found := self._installations.get(installation_id)) is None:
                tokens = InstallationTokens(self.transport, self._key, installation_id)
                found = Installation(self.transport, tokens, self.app_id, installation_id)
                self._installations[installation_id] = found
            return found

    def forget(self, installation_id: int) -> None:
        """Drop the client of an installation that was deleted, suspended or given other permissions."""
        with self._lock:
            self._installations.pop(installation_id, None)

    def installation_of(self, repo: str) -> int:
        """Return the ID of the installation with access to `repo`. Raises NotFound if there is none."""
        return int(self.client.get("/repos/{repo}/installation", repo=repo)["id"])

    def deliveries(self, since: datetime) -> Iterator[DeliveryAttempt]:
        """Yield this App's webhook deliveries, newest first, back to `since`."""
        cursor: str | None = None
        while True:
            params = {"per_page": 100} | ({"cursor": cursor} if cursor else {})
            answer = self.client.request("GET", "/app/hook/deliveries", params=params)
            for item in answer.data:
                at = datetime.fromisoformat(item["delivered_at"])
                if at < since:
                    return
                yield DeliveryAttempt(
                    id=item["id"],
                    guid=item["guid"],
                    delivered_at=at,
                    status=item.get("status_code") or 0,
                    redelivery=bool(item.get("redelivery")),
                    event=item.get("event") or "",
                )
            if (cursor := _cursor(answer.headers.get("link", ""))) is None:
                return

    def redeliver(self, delivery_id: int) -> None:
        """Request a redelivery, which has the same GUID. Raises NotFound if GitHub no longer has the delivery."""
        try:
            self.client.post("/app/hook/deliveries/{id}/attempts", id=delivery_id)
        except RequestRefused as error:
            raise NotFound(f"GitHub cannot send delivery {delivery_id} again ({error.status}).") from None


def _cursor(link: str) -> str | None:
    """Return the cursor of a list's next page from the `Link` header; None on the last page."""
    for part in link.split(","):
        if 'rel="next"' in part:
            url = part.partition("<")[2].partition(">")[0]
            return parse_qs(urlsplit(url).query).get("cursor", [None])[0]
    return None


class Installation(Client):
    """A client for one installation of the App."""

    def __init__(self, transport: Transport, tokens: InstallationTokens, app_id: int, installation_id: int) -> None:
        super().__init__(transport, tokens)
        self.app_id = app_id
        self.id = installation_id

    def __repr__(self) -> str:
        return f"Installation({self.id})"

    def repositories(self) -> list[str]:
        """Return `owner/name` of every repository that this installation has access to, except archived ones."""
        found = self.pages("/installation/repositories", key="repositories")
        return [repo["full_name"] for repo in found if not repo.get("archived")]
