"""Hosts that gates may query."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import httpx
import pytest

from hotfix.gates.allowed_hosts import AllowedHosts, HostNotAllowed, is_public
from hotfix.gates.gate import HealthGate
from hotfix.gates.measure import Probe, measure
from hotfix.gates.tally import MeasurementKind
from tests.services.server import LoopbackService, Request


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("224.0.0.1", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def answers(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"host": request.url.host, "header": request.headers["host"]})


def ask(url: str, *hosts: str) -> dict[str, str]:
    with httpx.Client(transport=AllowedHosts(hosts, httpx.MockTransport(answers))) as client:
        found: dict[str, str] = client.get(url).json()
        return found


def test_a_named_host_is_queried_at_any_address() -> None:
    assert ask("http://localhost:9090/x", "localhost")["host"] == "localhost"
    assert ask("http://localhost:9090/x", "LOCALHOST:9090")["host"] == "localhost"


@pytest.mark.parametrize("url", ["http://localhost:9091/", "https://localhost/", "http://example.com/"])
def test_every_other_host_is_refused(url: str) -> None:
    with pytest.raises(HostNotAllowed):
        ask(url, "localhost:9090")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/"])
def test_without_names_no_private_address_is_asked(url: str) -> None:
    with pytest.raises(HostNotAllowed):
        ask(url)


def test_the_checked_address_is_the_one_connected_to() -> None:
    assert ask("http://93.184.216.34:8080/x")["header"] == "93.184.216.34:8080"


class Healthy(LoopbackService):
    """A healthy version."""

    def answer(self, request: Request) -> tuple[int, Any]:
        return 200, {}


def test_gates_are_measured_side_by_side() -> None:
    """The end of one request must not close another's connection."""
    with closing(Healthy()) as server, ThreadPoolExecutor(8) as pool:
        probe = Probe(transport=partial(AllowedHosts, ["127.0.0.1"]))
        gates = [HealthGate(health=f"{server.url}/{number}") for number in range(100)]
        seen = list(pool.map(lambda gate: measure(gate, probe), gates))
    assert {one.kind for one in seen} == {MeasurementKind.PASSED}, {one.message for one in seen}


def test_many_measurements_read_the_certificates_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the certificates takes longer than a request, and a watch can measure for an hour."""
    read: list[ssl.SSLContext] = []
    make = ssl.create_default_context

    def counted(*arguments: Any, **named: Any) -> ssl.SSLContext:
        read.append(make(*arguments, **named))
        return read[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    with closing(Healthy()) as server:
        for probe in (Probe(), Probe(transport=partial(AllowedHosts, ["127.0.0.1"]))):
            seen = [measure(HealthGate(health=server.url), probe) for _ in range(3)]
            assert [one.kind for one in seen] == [MeasurementKind.PASSED] * 3
    assert len(read) <= 1
