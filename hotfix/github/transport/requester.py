"""PyGithub's requester, loaded without the 150 classes of API objects that importing the whole package loads.

Those classes take a seventh of the service's startup time and 8 MB of memory, and are not used here.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from hotfix.github.transport.connection import TIMEOUT, Connection, ConnectionFactory

if TYPE_CHECKING:
    from github.Requester import Requester

API_VERSION = "2022-11-28"
NO_ANSWER = (HTTPError, OSError)
"""The errors raised by a request without a complete response."""


class Bearer:
    """Authentication whose token can change with each request; PyGithub masks it in its own logs."""

    token_type = "Bearer"

    def __init__(self) -> None:
        self.token = ""

    def authentication(self, headers: dict[str, Any]) -> None:
        """Add the token to a request."""
        headers["Authorization"] = f"Bearer {self.token}"

    def mask_authentication(self, headers: dict[str, Any]) -> None:
        """Hide the token in PyGithub's logs."""
        headers["Authorization"] = "Bearer (hidden)"


class Anonymous(Bearer):
    """Authentication of the few requests that need no token."""

    def authentication(self, headers: dict[str, Any]) -> None:
        """Add no header: GitHub would refuse an empty token."""


def _module() -> Any:
    """Import `github.Requester` with a stand-in for its package, whose own `__init__` imports everything.

    The whole package can't be imported afterwards; all requests go through this module.
    """
    spec = importlib.util.find_spec("github")
    if spec is None or spec.submodule_search_locations is None or "github" in sys.modules:
        return importlib.import_module("github.Requester")
    stand_in = ModuleType("github")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["github"] = stand_in
    try:
        return importlib.import_module("github.Requester")
    finally:
        del sys.modules["github"]


_pygithub = _module()


class JsonRequester:
    """Sends JSON requests through PyGithub, over its own connection. Not thread-safe.

    PyGithub's throttling and retries are disabled.
    """

    def __init__(self, auth: Bearer, connections: ConnectionFactory) -> None:
        self._connection = Connection(connections)
        self._requester: Requester = _pygithub.Requester(
            auth=auth,
            base_url=connections.api_url,
            timeout=TIMEOUT,
            user_agent="hotfix",
            per_page=100,
            verify=True,
            retry=0,
            pool_size=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
            api_version=API_VERSION,
        )

    def send(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> tuple[int, Mapping[str, str], str]:
        """Send a request; return the response's status, headers (lower-case names) and body. Raises `NO_ANSWER`.

        `path`: below the REST API's address; `/graphql` is that of the GraphQL API.
        """
        url = self._requester.graphql_url if path == "/graphql" else path
        connection: Any = self._connection
        return self._requester.requestJson(method, url, dict(params or {}), {}, body, cnx=connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
