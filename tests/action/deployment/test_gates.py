"""Gates against a real application: which results pass, fail, have no data or are errors."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import respx

from action.gates.measurement_loop import measure
from hotfix.gates.gate import CommandGate, Gate, HealthGate, PrometheusGate, ResponseTimeGate
from hotfix.gates.measure import Probe
from hotfix.gates.measure import measure as measure_http
from hotfix.gates.tally import Measurement, MeasurementKind
from tests.action.webapp import BURST, App


def rate(app: App, query: str = "errors", **settings: Any) -> PrometheusGate:
    limits = {"max": "0.1%", "timeout": "60s"}
    return PrometheusGate.model_validate({"prometheus": app.prometheus, "query": query, **limits, **settings})


def requests(at_least: int) -> dict[str, Any]:
    return {"samples-query": "requests", "min-samples": at_least}


def seen(gate: Gate) -> Measurement:
    return measure(gate, {"HOTFIX_TAG": "v1.2.4-hotfix.1"})


def test_health_passes_by_its_status_and_fails_by_any_other(app: App) -> None:
    gate = HealthGate(health=f"{app.url}/health")
    assert seen(gate) == Measurement(MeasurementKind.PASSED, "status 200")
    app.set_version("v1.2.3", healthy=False)
    assert seen(gate) == Measurement(MeasurementKind.FAILED, "status 503")
    odd = HealthGate.model_validate({"health": f"{app.url}/health", "status": "503"})
    assert seen(odd).kind is MeasurementKind.PASSED


def test_an_address_that_redirects_for_ever_fails_with_the_fix(app: App) -> None:
    looping = seen(HealthGate(health=f"{app.url}/loop"))
    assert looping.kind is MeasurementKind.FAILED
    assert "redirects more than 5 times; use the final address" in looping.message


def test_an_application_that_is_down_or_slow_is_not_healthy(app: App) -> None:
    app.set_balancer(slow=60.0)
    slow = HealthGate.model_validate({"health": f"{app.url}/health", "timeout": "200ms"})
    assert seen(slow) == Measurement(MeasurementKind.FAILED, "no answer within 200ms")
    down = seen(HealthGate(health="http://127.0.0.1:9/health"))
    assert down.kind is MeasurementKind.FAILED
    assert "cannot be reached" in down.message


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired"),
        httpx.ConnectError("[Errno -3] Temporary failure in name resolution"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.ConnectTimeout("timed out"),
    ],
)
def test_network_trouble_fails_health_and_is_an_error_of_a_rate(trouble: httpx.TransportError) -> None:
    asked = PrometheusGate.model_validate(
        {"prometheus": "https://prometheus.example.com/eu", "query": "errors", "max": "0.1%"}
    )
    with respx.mock:
        respx.get("https://shop.example.com/health").mock(side_effect=trouble)
        respx.get("https://prometheus.example.com/eu/api/v1/query", params={"query": "errors"}).mock(
            side_effect=trouble
        )
        health, sample = seen(HealthGate(health="https://shop.example.com/health")), seen(asked)
    assert (health.kind, sample.kind) == (MeasurementKind.FAILED, MeasurementKind.ERROR)
    words = "no answer within 10s" if isinstance(trouble, httpx.ConnectTimeout) else str(trouble)
    assert words in health.message
    assert sample.message.startswith("https://prometheus.example.com/eu: ")
    assert not sample.wrong_use, "it may go better the next time"


def test_an_endless_answer_counts_as_none_after_the_timeout() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x-more: header\r\n")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True).start()
        gate = HealthGate.model_validate({"health": f"http://127.0.0.1:{server.getsockname()[1]}", "timeout": "300ms"})
        assert seen(gate) == Measurement(MeasurementKind.FAILED, "no answer within 300ms")


def test_a_command_passes_by_its_exit_status(capfd: pytest.CaptureFixture[str]) -> None:
    assert seen(CommandGate(command='test "$HOTFIX_TAG" = v1.2.4-hotfix.1')).kind is MeasurementKind.PASSED
    assert seen(CommandGate(command="exit 7")) == Measurement(MeasurementKind.FAILED, "exit status 7")
    assert seen(CommandGate(command="false | true")).kind is MeasurementKind.FAILED
    own = seen(CommandGate(command="timeout 0.1 sleep 30"))
    assert own == Measurement(MeasurementKind.FAILED, "exit status 124"), "its own limit is a failure, not an error"
    slow = CommandGate.model_validate({"command": "sleep 30", "timeout": "200ms"})
    assert seen(slow) == Measurement(MeasurementKind.ERROR, "took longer than 200ms")


def test_a_rate_fails_above_its_maximum(app: App) -> None:
    assert seen(rate(app)) == Measurement(MeasurementKind.PASSED, "0", value=0.0)
    app.set_version("v1.2.3", error_rate=0.01)
    assert seen(rate(app)) == Measurement(MeasurementKind.FAILED, "0.01, at most 0.001 is allowed", value=0.01)


def test_no_sample_and_not_a_number_are_no_data(app: App) -> None:
    app.set_balancer(samples=0)
    assert seen(rate(app)) == Measurement(MeasurementKind.NO_DATA, "no sample")
    app.set_balancer(value="NaN")
    assert seen(rate(app)) == Measurement(MeasurementKind.NO_DATA, "the sample is NaN")


def test_a_rate_that_rests_on_too_few_requests_is_no_data(app: App) -> None:
    few = seen(rate(app, **requests(BURST + 1)))
    assert few == Measurement(MeasurementKind.NO_DATA, f"rests on {BURST} requests, fewer than {BURST + 1}")
    assert seen(rate(app, **requests(BURST))).kind is MeasurementKind.PASSED


def test_a_query_that_can_never_be_one_sample_is_a_usage_error(app: App) -> None:
    app.set_balancer(samples=2)
    assert "2 samples where one is expected. Aggregate it" in seen(rate(app)).wrong_use
    app.set_balancer(type="matrix")
    assert "returns a matrix, not one sample" in seen(rate(app)).wrong_use
    assert "Prometheus rejects the query: parse error" in seen(rate(app, "syntax error")).wrong_use


@pytest.mark.parametrize("status", [500, 503, 404])
def test_a_prometheus_in_trouble_is_an_error_that_may_pass(app: App, status: int) -> None:
    app.set_balancer(status=status)
    measured = seen(rate(app))
    assert (measured.kind, measured.wrong_use) == (MeasurementKind.ERROR, "")


def test_an_address_without_prometheus_is_an_error(app: App) -> None:
    other = PrometheusGate(prometheus=f"{app.url}/loop", query="x", max=1)
    assert seen(other).kind is MeasurementKind.ERROR


def test_the_response_time_fails_above_its_maximum(app: App) -> None:
    quick = ResponseTimeGate.model_validate({"response-time": f"{app.url}/", "max": "60s", "timeout": "60s"})
    assert seen(quick).kind is MeasurementKind.PASSED
    app.set_balancer(slow=0.3)
    strict = ResponseTimeGate.model_validate({"response-time": f"{app.url}/", "max": "100ms"})
    assert seen(strict).kind is MeasurementKind.FAILED
    app.set_balancer()
    app.set_version("v1.2.3", error_rate=1.0)
    assert seen(quick).kind is MeasurementKind.FAILED


class Recording:
    """A Prometheus behind a proxy that stores the headers of each request and may redirect to another host."""

    def __init__(self, redirect_to: str = "") -> None:
        self.seen: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append({name.lower(): value for name, value in self.headers.items()})
                body = b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "0"]}}'
                self.send_response(302 if redirect_to else 200)
                self.send_header("location", redirect_to)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def recording() -> Iterator[Callable[..., Recording]]:
    made: list[Recording] = []

    def make(redirect_to: str = "") -> Recording:
        made.append(Recording(redirect_to))
        return made[-1]

    yield make
    for each in made:
        each.close()


def behind_a_proxy(url: str, **headers: str) -> PrometheusGate:
    return PrometheusGate.model_validate({"prometheus": url, "query": "errors", "max": 1, "headers": headers})


def test_headers_carry_a_secret_of_the_environment(
    recording: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = recording()
    monkeypatch.setenv("PROMETHEUS_TOKEN", "s3cr3t\n")
    gate = behind_a_proxy(proxy.url, Authorization="Bearer ${PROMETHEUS_TOKEN}", **{"X-Scope-OrgID": "shop"})
    assert seen(gate).kind is MeasurementKind.PASSED
    assert (proxy.seen[0]["authorization"], proxy.seen[0]["x-scope-orgid"]) == ("Bearer s3cr3t", "shop")


def test_headers_go_to_no_other_host(recording: Callable[..., Recording], monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect must not leak a secret to another host; httpx removes only `Authorization`."""
    monkeypatch.setenv("KEY", "s3cr3t")
    elsewhere = recording()
    proxy = recording(f"{elsewhere.url}/api/v1/query")
    seen(behind_a_proxy(proxy.url, **{"X-API-Key": "${KEY}", "Authorization": "Bearer ${KEY}"}))
    assert proxy.seen[0]["x-api-key"] == "s3cr3t"
    assert not {"x-api-key", "authorization"} & set(elsewhere.seen[0])


def answered(**body: Any) -> Measurement:
    """Measure a rate for which Prometheus returns zero, along with these other fields in the response."""
    answer = {"status": "success", "data": {"resultType": "scalar", "result": [1, "0"]}, **body}
    with respx.mock:
        respx.get("https://prometheus.example.com/api/v1/query").respond(json=answer)
        return seen(behind_a_proxy("https://prometheus.example.com"))


PARTIAL: dict[str, dict[str, Any]] = {
    "Thanos": {"warnings": ["No StoreAPIs matched for this query", "PromQL info: metric might not be a counter"]},
    "a proxy": {"warnings": "No StoreAPIs matched for this query"},
    "VictoriaMetrics": {"isPartial": True},
}


@pytest.mark.parametrize("server", PARTIAL)
def test_a_partial_response_is_an_error(server: str) -> None:
    """Stores that don't respond are missing from the sample, yet the response has status `success`."""
    measured = answered(**PARTIAL[server])
    assert (measured.kind, measured.wrong_use) == (MeasurementKind.ERROR, "")
    why = "isPartial" if server == "VictoriaMetrics" else "No StoreAPIs matched for this query"
    assert measured.message.endswith(f"answers, but perhaps incompletely: {why}")


@pytest.mark.parametrize("warnings", [None, [], ["PromQL info: metric might not be a counter, name does not end"]])
def test_a_remark_on_the_query_spoils_no_sample(warnings: object) -> None:
    assert answered(warnings=warnings, infos=["PromQL info: x"], isPartial=False).kind is MeasurementKind.PASSED


@pytest.mark.parametrize("key", ["health", "response-time"])
def test_the_answer_of_another_host_is_not_the_application(key: str) -> None:
    """An authenticating proxy redirects everyone to a login page that always returns 200."""
    gate = {"health": HealthGate, "response-time": ResponseTimeGate}[key]
    settings = {key: "https://shop.example.com/health"} | ({"max": "60s"} if key == "response-time" else {})
    with respx.mock:
        respx.get("https://shop.example.com/health").respond(302, headers={"location": "https://sso.example.com/in"})
        respx.get("https://sso.example.com/in").respond(200)
        measured = seen(gate.model_validate(settings))
    assert measured.kind is MeasurementKind.FAILED
    assert measured.message.startswith("redirects to another host, sso.example.com")


@pytest.mark.parametrize("end", ["https://shop.example.com/health", "https://www.shop.example.com/", "/health/"])
def test_a_redirect_on_the_same_host_is_followed(end: str) -> None:
    with respx.mock:
        respx.get("http://shop.example.com/health").respond(301, headers={"location": end})
        respx.get(url__regex=r"https://.*|http://shop.example.com/health/").respond(200)
        assert seen(HealthGate(health="http://shop.example.com/health")).kind is MeasurementKind.PASSED


@pytest.mark.parametrize("value", ["", "two\nlines", "sécret"])
def test_a_secret_that_can_not_be_sent_is_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KEY", value)
    wrong = seen(behind_a_proxy("http://127.0.0.1:9", Authorization="Bearer ${KEY}"))
    assert wrong.kind is MeasurementKind.ERROR
    assert "KEY" in wrong.wrong_use
    assert not value or value not in wrong.wrong_use + wrong.message


def test_a_probe_without_variables_fills_none_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy author must not be able to send the service's environment to another host."""
    monkeypatch.setenv("HOTFIX_PRIVATE_KEY", "s3cr3t")
    wrong = measure_http(behind_a_proxy("http://127.0.0.1:9", A="${HOTFIX_PRIVATE_KEY}"), Probe())
    assert "HOTFIX_PRIVATE_KEY, which is not set" in wrong.message


def test_infinity_fails_and_minus_infinity_is_no_data(app: App) -> None:
    app.set_balancer(value="+Inf")
    assert seen(rate(app)).kind is MeasurementKind.FAILED
    app.set_balancer(value="-Inf")
    assert seen(rate(app)) == Measurement(MeasurementKind.NO_DATA, "the sample is -Inf")
