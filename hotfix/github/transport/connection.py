"""Persistent connections to GitHub: urllib3 opens them, PyGithub decides what is sent over them."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from functools import cached_property
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, LocationValueError, ProtocolError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as NoAnswerInTime
from urllib3.util import wait_for_read
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.ssl_match_hostname import CertificateError

from hotfix.github.transport.http_messages import HttpResponse, MalformedResponse, ResponseParser, compose

TIMEOUT = 15
"""Timeout in seconds for connecting and for each read; GitHub itself gives up after ten."""


class UnusableEnvironment(HTTPError):
    """The environment names a proxy or certificates that can't be used."""


class StaleConnection(ProtocolError):
    """GitHub closed a reused connection before the response began, so a read may be repeated."""


class _Route(HTTPAdapter):
    """The proxy and the trusted certificates for an address, found as requests does."""

    def __init__(self, address: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        request = requests.Request("GET", f"{address}/").prepare()
        with requests.Session() as session:
            found = session.merge_environment_settings(str(request.url), {}, None, True, None)
        self._certificates = found["verify"] if isinstance(found["verify"], str) else DEFAULT_CA_BUNDLE_PATH
        try:
            pool: Any = self.get_connection_with_tls_context(request, True, found["proxies"])
            forwarded = self.request_url(request, found["proxies"]) != request.path_url
        except (requests.RequestException, LocationValueError):
            raise UnusableEnvironment("the environment names a proxy that can't be used") from None
        self.prefix = address if forwarded else ""
        """What precedes each path: some proxies need the full URL."""
        self.headers = {"Host": urlsplit(str(request.url)).netloc, "Accept": "*/*", "Accept-Encoding": "gzip"}
        if forwarded:
            self.headers |= pool.proxy_headers
        self.pool = pool

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """What all connections share, as loading the certificates takes 20 ms."""
        context = create_urllib3_context()
        kind = "capath" if os.path.isdir(self._certificates) else "cafile"
        try:
            context.load_verify_locations(**{kind: self._certificates})
        except OSError:
            raise UnusableEnvironment(f"no certificates can be read from {self._certificates}") from None
        return context

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**tls, "ssl_context": self._context} if host["scheme"] == "https" else tls

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if proxy.lower().startswith("https:"):  # `ssl_context`: if requests are sent to the proxy, without a tunnel
            options |= {"proxy_ssl_context": self._context, "ssl_context": self._context}
        return super().proxy_manager_for(proxy, **options)


class ConnectionFactory:
    """Opens connections to one GitHub instance. The environment is read once, when the first is opened. Thread-safe."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url

    @cached_property
    def route(self) -> _Route:
        """The proxy and the trusted certificates."""
        return _Route(urlsplit(self.api_url)._replace(path="", query="", fragment="").geturl())

    def open(self) -> socket.socket:
        """Open a connection, through a tunnel and encrypted as needed. Raises HTTPError, OSError."""
        pool = self.route.pool
        connection: HTTPConnection = pool._new_conn()  # the public methods also send requests, at twice the cost
        connection.timeout = TIMEOUT
        try:
            if pool.proxy is not None and not self.route.prefix:
                pool._prepare_proxy(connection)
            if connection.sock is None:
                connection.connect()
        except (HTTPError, HTTPException, OSError, CertificateError) as error:
            at_proxy = connection.proxy is not None and not connection.has_connected_to_proxy
            connection.close()
            if at_proxy or isinstance(error, HTTPException):
                raise ProxyError("No connection through the proxy.", error) from error
            if isinstance(error, ssl.SSLError | CertificateError):
                raise SSLError(error) from error
            if isinstance(error, TimeoutError):
                raise NoAnswerInTime(error) from error
            raise
        return connection.sock


class Connection:
    """A connection for PyGithub, with the methods of PyGithub's own connections. It is opened by the first request.

    PyGithub's use a session of requests, which reads the environment, merges settings and copies everything for each
    request, and takes longer than sending it.
    """

    def __init__(self, factory: ConnectionFactory) -> None:
        self._factory = factory
        self._socket: socket.socket | None = None
        self._parser = ResponseParser()
        self._message = b""

    def request(self, verb: str, url: str, body: str | None, headers: dict[str, str], stream: bool = False) -> None:
        """Store the next request. `url`: its path and query."""
        route = self._factory.route
        self._message = compose(verb, route.prefix + url, route.headers | headers, body.encode() if body else None)

    def getresponse(self) -> HttpResponse:
        """Send the request and return the response, read as a whole.

        Raises urllib3's HTTPError, or OSError. A failed connection is closed, as is one that GitHub will close.
        """
        if self._socket is not None and wait_for_read(self._socket, timeout=0):
            self.close()  # GitHub closed it, or sent what was not requested
        reused = self._socket is not None
        if self._socket is None:
            self._socket, self._parser = self._factory.open(), ResponseParser()
        message, self._message = self._message, b""
        keeps_connection = False
        self._parser.received = 0
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # GitHub may have responded before it closed
                self._socket.sendall(message)
            response = self._parser.read(self._socket)
            keeps_connection = response.keeps_connection
        except TimeoutError as error:
            raise NoAnswerInTime(error) from error
        except MalformedResponse:
            raise
        except (OSError, ProtocolError) as error:
            stale = reused and not self._parser.received
            raise (StaleConnection if stale else ProtocolError)("The connection failed.", error) from error
        finally:
            if not keeps_connection:
                self.close()
        return response

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
