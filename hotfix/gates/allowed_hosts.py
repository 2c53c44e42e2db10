"""Restrict gates to the hosts that the operator allows, since their URLs come from a repository's policy.

A host that the operator lists is allowed whatever its address. If none are listed, only public addresses are allowed:
the name is resolved once, every address is checked, and the connection is made to a checked address, so that neither a
redirect nor a second DNS lookup leads elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

import httpx

from hotfix.gates.measure import trusted_certificates

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HostNotAllowed(httpx.ConnectError):
    """The gate requests a host that is not allowed."""


class AllowedHosts(httpx.BaseTransport):
    """A transport that refuses other hosts. `hosts`: names or addresses, each with a port to allow only that port."""

    def __init__(self, hosts: Collection[str], inner: httpx.BaseTransport | None = None) -> None:
        self._hosts = frozenset(host.strip().casefold() for host in hosts if host.strip())
        self._inner = inner if inner is not None else httpx.HTTPTransport(verify=trusted_certificates())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host.casefold(), request.url.port or _PORTS.get(request.url.scheme, 0)
        if self._hosts & {host, f"{host}:{port}"}:
            return self._inner.handle_request(request)
        if self._hosts:
            raise HostNotAllowed(f"{host} is not among HOTFIX_WATCH_HOSTS", request=request)
        address = _public(host, port, request)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=[(key, value) for key, value in request.headers.raw if key.lower() != b"host"]
            + [(b"Host", request.headers.get("host", host).encode())],
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


_PORTS = {"http": 80, "https": 443}


def _public(host: str, port: int, request: httpx.Request) -> str:
    """Return the address to connect to. Raises HostNotAllowed if any address of the host is not public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise httpx.ConnectError(f"{host} has no address ({error})", request=request) from None
    for text in found:
        if not is_public(text):
            raise HostNotAllowed(f"{host} is not public; name it in HOTFIX_WATCH_HOSTS", request=request)
    return min(found)


def is_public(text: str) -> bool:
    """Return whether an address is on the public internet. IPv4 addresses embedded in IPv6 ones are checked as well."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast
