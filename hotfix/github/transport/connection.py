"""One connection to GitHub that stays open: PyGithub decides what is sent, urllib3 sends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.connectionpool import HTTPConnectionPool

TIMEOUT = 15
"""Seconds without a byte; GitHub itself gives up after ten."""
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


class _Route(HTTPAdapter):
    """Finds out, as requests does, how an address is reached: through which proxy, and which certificates count."""

    def to(self, address: str) -> tuple[HTTPConnectionPool, str]:
        """Return the pool that reaches an address, and what a path is prefixed with: some proxies need the host."""
        url = f"{address}/"
        request = requests.Request("GET", url).prepare()
        with requests.Session() as session:
            found = session.merge_environment_settings(url, {}, None, True, None)
        certificates = found["verify"] if isinstance(found["verify"], str) else DEFAULT_CA_BUNDLE_PATH
        pool: Any = self.get_connection_with_tls_context(request, certificates, found["proxies"])
        forwarded = self.request_url(request, found["proxies"]) != request.path_url
        return pool, address if forwarded else ""


class Connection:
    """What PyGithub sends requests through; it has the methods of PyGithub's own connections.

    Those use a session of requests, which reads the environment, merges settings and copies everything for each
    request: that takes longer than sending it. Here the way to GitHub is found once.
    """

    def __init__(self, api_url: str) -> None:
        self._address = urlsplit(api_url)._replace(path="", query="", fragment="").geturl()
        self._route = _Route(pool_connections=1, pool_maxsize=1)
        self._found: tuple[HTTPConnectionPool, str] | None = None
        self._request: tuple[str, str, str | None, dict[str, str]] = ("", "", None, {})
        self.used = False
        """Has a request been answered over it?"""
        self.answered = False
        """Has the answer to the last request begun?"""

    def request(self, verb: str, url: str, body: str | None, headers: dict[str, str], stream: bool = False) -> None:
        """Take the next request. `url`: its path and query."""
        self._request = (verb, url, body, headers)
        self.answered = False

    def getresponse(self) -> _Answer:
        """Send the request and return the answer, of which only the head is read.

        Raises urllib3's HTTPError, or OSError.
        """
        verb, url, body, headers = self._request
        pool, prefix = self._found = self._found or self._route.to(self._address)
        response = pool.urlopen(
            verb, prefix + url, body.encode() if body else None, _HEADERS | headers, retries=False, redirect=False,
            assert_same_host=False, timeout=Timeout(connect=TIMEOUT, read=TIMEOUT), preload_content=False,
        )  # fmt: skip
        self.used = self.answered = True
        return _Answer(response)

    def close(self) -> None:
        """Close the connection."""
        self._route.close()


class _Answer:
    """GitHub's answer, as PyGithub reads it."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self.status = response.status

    def getheaders(self) -> Iterable[tuple[str, str]]:
        """Return the headers, as pairs of name and value."""
        return self._response.headers.items()

    def read(self) -> str:
        """Return the body. Raises HTTPError if it does not come whole, ValueError if it is not text."""
        return self._response.read().decode()
