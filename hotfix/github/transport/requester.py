"""PyGithub's requester, without the 150 classes of API objects that importing the whole package loads.

Those classes take a seventh of the service's start and 8 MB, and nothing here uses them.
"""

from __future__ import annotations

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


def _requester_class() -> type[Requester]:
    """Import `github.Requester` with a stand-in for its package, whose own `__init__` imports everything."""
    spec = importlib.util.find_spec("github")
    if spec is None or spec.submodule_search_locations is None or "github" in sys.modules:
        found: type[Requester] = importlib.import_module("github.Requester").Requester
        return found
    stand_in = ModuleType("github")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["github"] = stand_in
    try:
        found = importlib.import_module("github.Requester").Requester
    finally:
        # Whoever imports the package later gets all of it.
        del sys.modules["github"]
    return found


_Requester = _requester_class()


def requester(auth: Bearer, api_url: str) -> Requester:
    """Return a new requester. PyGithub's own throttles and retries are off."""
    return _Requester(
        auth=auth,  # type: ignore[arg-type]
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
