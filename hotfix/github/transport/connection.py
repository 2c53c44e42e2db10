"""A persistent connection to GitHub: PyGithub composes the requests, urllib3 sends them."""

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
"""Timeout in seconds for connecting and for each read; GitHub itself gives up after ten."""
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


class _Route(HTTPAdapter):
    """Determines the proxy and the trusted certificates for an address, as requests does."""

    def to(self, address: str) -> tuple[HTTPConnectionPool, str]:
        """Return the connection pool for an address, and a prefix for paths: some proxies need the full URL."""
        url = f"{address}/"
        request = requests.Request("GET", url).prepare()
        with requests.Session() as session:
            found = session.merge_environment_settings(url, {}, None, True, None)
        certificates = found["verify"] if isinstance(found["verify"], str) else DEFAULT_CA_BUNDLE_PATH
        pool: Any = self.get_connection_with_tls_context(request, certificates, found["proxies"])
        forwarded = self.request_url(request, found["proxies"]) != request.path_url
        return pool, address if forwarded else ""


class Connection:
    """A connection for PyGithub, with the methods of PyGithub's own connections.

    Those use a session of requests, which reads the environment, merges settings and copies everything for each
    request, and takes longer than sending it. Here the proxy and certificates are determined once.
    """

    def __init__(self, api_url: str) -> None:
        self._address = urlsplit(api_url)._replace(path="", query="", fragment="").geturl()
        self._route = _Route(pool_connections=1, pool_maxsize=1)
        self._found: tuple[HTTPConnectionPool, str] | None = None
        self._request: tuple[str, str, str | None, dict[str, str]] = ("", "", None, {})
        self.used = False
        """Whether it has received a response before."""
        self.answered = False
        """Whether the response to the last request has begun."""

    def request(self, verb: str, url: str, body: str | None, headers: dict[str, str], stream: bool = False) -> None:
        """Store the next request. `url`: its path and query."""
        self._request = (verb, url, body, headers)
        self.answered = False

    def getresponse(self) -> _Answer:
        """Send the request and return the response, of which only the headers have been read.

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
    """GitHub's response, with the interface that PyGithub expects."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self.status = response.status

    def getheaders(self) -> Iterable[tuple[str, str]]:
        """Return the headers as (name, value) pairs."""
        return self._response.headers.items()

    def read(self) -> str:
        """Return the body. Raises HTTPError if it is incomplete, ValueError if it is not UTF-8."""
        return self._response.read().decode()
