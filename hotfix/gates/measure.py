"""Measure a gate once over HTTP."""

from __future__ import annotations

import json
import math
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from hotfix.gates.gate import VARIABLE, Gate, HealthGate, HttpGate, PrometheusGate, ResponseTimeGate, shown
from hotfix.gates.tally import Measurement, MeasurementKind
from hotfix.text import durations

REDIRECTS = 5
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Probe:
    """Settings for a gate's HTTP requests."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables available as `${NAME}` in headers. The author of the gates can send each of them to any host."""
    transport: Callable[[], httpx.BaseTransport] | None = None
    """Creates the transport for one request, to restrict the hosts that gates can reach; None for no restriction. Each
    request closes its own transport, since gates are measured concurrently."""


def measure(gate: Gate, probe: Probe) -> Measurement:
    """Measure a gate once. Errors of the measured service are returned as measurements, not raised."""
    match gate:
        case HealthGate():
            return health(gate, probe)
        case PrometheusGate():
            return _rate(gate, probe)
        case ResponseTimeGate():
            return _response_time(gate, probe)
    raise TypeError(type(gate))


def health(gate: HealthGate, probe: Probe) -> Measurement:
    """Check that the URL responds with an expected status. Follows a few redirects on the same host."""
    answer = _get(gate.health, gate, probe)
    if answer.status is None:
        return Measurement(MeasurementKind.FAILED, answer.why, answer.wrong_use)
    good = any(low <= answer.status <= high for low, high in gate.status)
    return Measurement(MeasurementKind.PASSED if good else MeasurementKind.FAILED, f"status {answer.status}")


def _response_time(gate: ResponseTimeGate, probe: Probe) -> Measurement:
    begun = time.monotonic()
    answer = _get(gate.response_time, gate, probe)
    took = time.monotonic() - begun
    if answer.status is None or answer.status >= 500:
        return Measurement(MeasurementKind.FAILED, answer.why or f"status {answer.status}", answer.wrong_use)
    good = took <= gate.max
    allowed = "" if good else f", at most {durations.text(gate.max)} is allowed"
    kind = MeasurementKind.PASSED if good else MeasurementKind.FAILED
    return Measurement(kind, f"{durations.text(took)}{allowed}", value=took)


def _rate(gate: PrometheusGate, probe: Probe) -> Measurement:
    if gate.samples_query:
        requests = sample(gate, gate.samples_query, probe)
        if isinstance(requests, Measurement):
            return requests
        if requests < gate.min_samples:
            return Measurement(
                MeasurementKind.NO_DATA, f"rests on {requests:g} requests, fewer than {gate.min_samples}"
            )
    value = sample(gate, gate.query, probe)
    if isinstance(value, Measurement):
        return value
    if value > gate.max:
        return Measurement(MeasurementKind.FAILED, f"{value:g}, at most {gate.max:g} is allowed", value=value)
    return Measurement(MeasurementKind.PASSED, f"{value:g}", value=value)


def sample(gate: PrometheusGate, query: str, probe: Probe) -> float | Measurement:
    """Return the single number that a query returns, or a measurement that says why there is none."""
    base = httpx.URL(gate.prometheus)
    address = base.copy_with(path=base.path.rstrip("/") + "/api/v1/query").copy_merge_params({"query": query})
    answer = _get(str(address), gate, probe)
    status, body, where = answer.status, answer.body, shown(gate.prometheus)
    if status is None:
        return _error(f"{where}: {answer.why}", answer.wrong_use)
    if not isinstance(body, dict):
        return _error(f"{where} answers status {status} without JSON: check that it is a Prometheus server")
    if status in (400, 422) or body.get("errorType") in ("bad_data", "execution"):
        words = str(body.get("error", "bad data"))[:200]
        return _error(f"rejects the query: {words}", f"Prometheus rejects the query: {words}. Correct the query.")
    if status != 200 or body.get("status") != "success":
        return _error(f"{where}: status {status} {str(body.get('error', ''))[:200]}".rstrip())
    if doubts := _doubts(body):
        return _error(f"{where} answers, but perhaps incompletely: {doubts}")
    return _one(body.get("data"))


def _error(message: str, wrong_use: str = "") -> Measurement:
    return Measurement(MeasurementKind.ERROR, message, wrong_use)


def _doubts(body: Mapping[str, Any]) -> str:
    """Return why a response may be incomplete: warnings of Thanos and Prometheus, or VictoriaMetrics' `isPartial`.

    Informational notes on the query's style are ignored.
    """
    warnings = body.get("warnings") or []
    found = [str(each) for each in (warnings if isinstance(warnings, list) else [warnings])]
    found = [each for each in found if not each.startswith("PromQL info")]
    return "; ".join([*found, *(["isPartial"] if body.get("isPartial") else [])])[:200]


def _one(data: Any) -> float | Measurement:
    result = data.get("result") if isinstance(data, dict) else None
    kind = data.get("resultType") if isinstance(data, dict) else None
    if not isinstance(result, list) or kind not in ("vector", "scalar"):
        return _error(
            f"returns a {kind or 'value'}, not one sample",
            f"The query returns a {kind or 'value'}, not one sample. Write an instant query, such as sum(...).",
        )
    if kind == "vector":
        if not result:
            return Measurement(MeasurementKind.NO_DATA, "no sample")
        if len(result) > 1:
            found = f"{len(result)} samples where one is expected"
            return _error(found, f"The query returns {found}. Aggregate it, for example with sum(...).")
        result = result[0].get("value") if isinstance(result[0], dict) else None
    try:
        value = float(result[1])  # type: ignore[index]
    except (TypeError, ValueError, IndexError):
        return _error("the sample is not a number")
    if math.isnan(value) or value == -math.inf:
        return Measurement(MeasurementKind.NO_DATA, f"the sample is {'NaN' if math.isnan(value) else '-Inf'}")
    return value


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int | None = None
    why: str = ""
    """The reason why there is no status."""
    body: Any = None
    """The parsed JSON; None if there is none."""
    wrong_use: str = ""


class _MissingVariable(Exception):
    pass


def _get(address: str, gate: HttpGate, probe: Probe) -> _Answer:
    """Send a GET request within the gate's timeout, redirects included. httpx's own timeout restarts with each byte."""
    got: list[_Answer] = []
    asking = threading.Thread(target=lambda: got.append(_asked(address, gate, probe)), daemon=True)
    asking.start()
    asking.join(gate.timeout)
    return got[0] if got else _Answer(why=f"no answer within {durations.text(gate.timeout)}")


def _asked(address: str, gate: HttpGate, probe: Probe) -> _Answer:
    until = time.monotonic() + gate.timeout
    try:
        transport = probe.transport() if probe.transport else None
        with httpx.Client(timeout=gate.timeout, transport=transport, verify=trusted_certificates()) as client:
            own = {name: _filled_in(name, value, probe) for name, value in gate.headers.items()}
            request = client.build_request("GET", address, headers={"Accept": "application/json, */*", **own})
            home = _origin(request.url)
            for _ in range(REDIRECTS + 1):
                answer = client.send(request, stream=True)
                try:
                    if answer.next_request is None:
                        return _Answer(answer.status_code, body=_json(answer, _body(answer, until)))
                finally:
                    answer.close()
                request = answer.next_request
                if not isinstance(gate, PrometheusGate) and not _same_site(request.url, home[1]):
                    return _Answer(
                        why=f"redirects to another host, {request.url.host}, so the health of this one is not known"
                    )
                if _origin(request.url) != home:  # the headers must only be sent to the configured host
                    for name in own:
                        request.headers.pop(name, None)
        return _Answer(why=f"redirects more than {REDIRECTS} times; use the final address")
    except _MissingVariable as error:
        return _Answer(why=str(error), wrong_use=f"{error}. Set it by 'env:' at the step or the job.")
    except httpx.TimeoutException:
        return _Answer(why=f"no answer within {durations.text(gate.timeout)}")
    except httpx.HTTPError as error:
        return _Answer(why=f"cannot be reached ({type(error).__name__}: {str(error)[:120]})")
    except (ValueError, httpx.InvalidURL) as error:
        return _Answer(why=f"is not a usable address ({str(error)[:120]})")


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the trusted authorities, loaded once per process since that takes longer than a request."""
    return httpx.create_ssl_context()


def _filled_in(header: str, value: str, probe: Probe) -> str:
    """Insert environment variables into a header's value. Their values appear in no message."""

    def variable(found: re.Match[str]) -> str:
        text = probe.variables.get(found[1], "").strip()
        if not text:
            raise _MissingVariable(f"The header '{header}' needs the environment variable {found[1]}, which is not set")
        if not (text.isascii() and text.isprintable()):
            raise _MissingVariable(f"The environment variable {found[1]} holds more than a line of plain text")
        return text

    return VARIABLE.sub(variable, value)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _same_site(url: httpx.URL, host: str) -> bool:
    """Return whether a URL is on the same host, ignoring `www`. Another host may be a login page."""
    return url.host.removeprefix("www.") == host.removeprefix("www.")


def _body(answer: httpx.Response, until: float) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES or time.monotonic() > until:
            break
    return bytes(body)


def _json(answer: httpx.Response, body: bytes) -> Any:
    try:
        return json.loads(body) if "json" in answer.headers.get("content-type", "") else None
    except (ValueError, RecursionError):
        return None
