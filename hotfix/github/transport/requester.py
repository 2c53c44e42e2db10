"""Load PyGithub's requester without the 150 classes of API objects that importing the whole package loads.

Those classes take a seventh of the service's start and 8 MB, and nothing here uses them.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from github.Requester import Requester

API_VERSION = "2022-11-28"
TIMEOUT = 15
"""Seconds without a byte; GitHub itself gives up after ten."""


class Bearer:
    """Lets one requester carry another token at each call; PyGithub masks it in its own logs."""

    token_type = "Bearer"

    def __init__(self) -> None:
        self.token = ""

    def authentication(self, headers: dict[str, Any]) -> None:
        """Add the token to a request."""
        headers["Authorization"] = f"Bearer {self.token}"

    def mask_authentication(self, headers: dict[str, Any]) -> None:
        """Hide the token in what PyGithub logs."""
        headers["Authorization"] = "Bearer (hidden)"


class Anonymous(Bearer):
    """For the few requests that need no token."""

    def authentication(self, headers: dict[str, Any]) -> None:
        """Add nothing: an empty token would be refused."""


def _module() -> Any:
    """Import `github.Requester` with a stand-in for its package, whose own `__init__` imports everything.

    The whole package can't be imported afterwards: whoever needs a request uses `requester`.
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


def _settled(connection_class: Any) -> None:
    """Let each new connection read proxies and certificates from the environment once, not at every request.

    PyGithub can be given other classes of connections, but then makes a new connection for each request.
    """
    set_up = connection_class.__init__

    @functools.wraps(set_up)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        set_up(self, *args, **kwargs)
        session = self.session
        url = f"{self.protocol}://{self.host}:{self.port}/"
        found = session.merge_environment_settings(url, {}, None, self.verify, None)
        session.proxies, self.verify, session.trust_env = found["proxies"], found["verify"], False

    connection_class.__init__ = init


_settled(_pygithub.HTTPRequestsConnectionClass)
_settled(_pygithub.HTTPSRequestsConnectionClass)


def requester(auth: Bearer, api_url: str) -> Requester:
    """Return a new requester. PyGithub's own throttles and retries are off."""
    made: Requester = _pygithub.Requester(
        auth=auth,
        base_url=api_url,
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
    return made
