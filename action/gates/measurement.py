"""One measurement of one gate."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from action.gates.gate_inputs import CommandGate, Gate, HealthGate, PrometheusGate, ResponseTimeGate, Statuses, shown
from action.gates.quantities import how_long
from action.runner import user_commands

REDIRECTS = 5
_MOST_BYTES = 1 << 20


class Kind(StrEnum):
    """What a measurement says."""

    PASSED = "passed"
    FAILED = "failed"
    NO_DATA = "no data"
    ERROR = "error"
    """The measuring itself did not work: says nothing about the version."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer of a gate."""

    kind: Kind
    message: str
    """What was seen, a few words."""
    wrong_use: str = ""
    """Why no later measurement can go better, and the mend: the gate itself is wrong."""


def measure(gate: Gate, extra: Mapping[str, str]) -> Measurement:
    """Measure once. Never raises for anything that the other side does. `extra`: what a command gets to know."""
    match gate:
        case HealthGate():
            return health(gate.health, gate.status, gate.timeout)
        case CommandGate():
            status = user_commands.run(gate.name, gate.command, extra, timeout=gate.timeout)
            if status == 124:
                return Measurement(Kind.ERROR, f"took longer than {how_long(gate.timeout)}")
            return Measurement(Kind.FAILED if status else Kind.PASSED, f"exit status {status}")
        case PrometheusGate():
            return _rate(gate)
        case ResponseTimeGate():
            return _response_time(gate)
    raise TypeError(type(gate))


def health(address: str, expected: Statuses, timeout: float) -> Measurement:
    """Does the address answer with an expected status? Redirects are followed, a few."""
    status, why, _ = _get(address, timeout)
    if status is None:
        return Measurement(Kind.FAILED, why)
    good = any(low <= status <= high for low, high in expected)
    return Measurement(Kind.PASSED if good else Kind.FAILED, f"status {status}")


def _response_time(gate: ResponseTimeGate) -> Measurement:
    begun = time.monotonic()
    status, why, _ = _get(gate.response_time, gate.timeout)
    took = time.monotonic() - begun
    if status is None or status >= 500:
        return Measurement(Kind.FAILED, why or f"status {status}")
    good = took <= gate.max
    allowed = "" if good else f", at most {how_long(gate.max)} is allowed"
    return Measurement(Kind.PASSED if good else Kind.FAILED, f"{how_long(took)}{allowed}")


def _rate(gate: PrometheusGate) -> Measurement:
    if gate.samples_query:
        requests = sample(gate.prometheus, gate.samples_query, gate.timeout)
        if isinstance(requests, Measurement):
            return requests
        if requests < gate.min_samples:
            return Measurement(Kind.NO_DATA, f"rests on {requests:g} requests, fewer than {gate.min_samples}")
    value = sample(gate.prometheus, gate.query, gate.timeout)
    if isinstance(value, Measurement):
        return value
    if value > gate.max:
        return Measurement(Kind.FAILED, f"{value:g}, at most {gate.max:g} is allowed")
    return Measurement(Kind.PASSED, f"{value:g}")


def sample(prometheus: str, query: str, timeout: float) -> float | Measurement:
    """The one number that a query answers, or why there is none."""
    base = httpx.URL(prometheus)
    address = base.copy_with(path=base.path.rstrip("/") + "/api/v1/query").copy_merge_params({"query": query})
    status, why, body = _get(str(address), timeout)
    where = shown(prometheus)
    if status is None:
        return Measurement(Kind.ERROR, f"{where}: {why}")
    if not isinstance(body, dict):
        return Measurement(Kind.ERROR, f"{where} answers status {status} and no JSON: is it a Prometheus?")
    if status in (400, 422) or body.get("errorType") in ("bad_data", "execution"):
        words = str(body.get("error", "bad data"))[:200]
        return Measurement(
            Kind.ERROR,
            f"refuses the query: {words}",
            wrong_use=f"Prometheus refuses the query: {words}. Mend the query.",
        )
    if status != 200 or body.get("status") != "success":
        return Measurement(Kind.ERROR, f"{where}: status {status} {str(body.get('error', ''))[:200]}".rstrip())
    return _one(body.get("data"))


def _one(data: Any) -> float | Measurement:
    result = data.get("result") if isinstance(data, dict) else None
    kind = data.get("resultType") if isinstance(data, dict) else None
    if not isinstance(result, list) or kind not in ("vector", "scalar"):
        return Measurement(
            Kind.ERROR,
            f"answers a {kind or 'thing'}, not one sample",
            f"The query answers a {kind or 'thing'}, not one sample. Write an instant query, such as sum(...).",
        )
    if kind == "vector":
        if not result:
            return Measurement(Kind.NO_DATA, "no sample")
        if len(result) > 1:
            return Measurement(
                Kind.ERROR,
                f"{len(result)} samples where one is expected",
                f"The query answers {len(result)} samples where one is expected. Wrap it, such as in sum(...).",
            )
        result = result[0].get("value") if isinstance(result[0], dict) else None
    try:
        value = float(result[1])  # type: ignore[index]
    except (TypeError, ValueError, IndexError):
        return Measurement(Kind.ERROR, "the sample is no number")
    return Measurement(Kind.NO_DATA, "the sample is NaN") if math.isnan(value) else value


_Answer = tuple[int | None, str, Any]


def _get(address: str, timeout: float) -> _Answer:
    """Status, why there is none, and the JSON of a GET. `timeout` holds for the whole of it, redirects included.

    httpx's own time-outs begin anew with each byte that comes, so it is waited for from outside.
    """
    got: list[_Answer] = []
    asking = threading.Thread(target=lambda: got.append(_asked(address, timeout)), daemon=True)
    asking.start()
    asking.join(timeout)
    return got[0] if got else (None, f"no answer within {how_long(timeout)}", None)


def _asked(address: str, timeout: float) -> _Answer:
    until = time.monotonic() + timeout
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=REDIRECTS) as client,
            client.stream("GET", address, headers={"Accept": "application/json, */*"}) as answer,
        ):
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES or time.monotonic() > until:
                    break
            return answer.status_code, "", _json(answer, bytes(body))
    except httpx.TooManyRedirects:
        return None, f"redirects more than {REDIRECTS} times; give the address that it should end at", None
    except httpx.TimeoutException:
        return None, f"no answer within {how_long(timeout)}", None
    except httpx.HTTPError as error:
        return None, f"cannot be reached ({type(error).__name__}: {str(error)[:120]})", None
    except (ValueError, httpx.InvalidURL) as error:
        return None, f"is no usable address ({str(error)[:120]})", None


def _json(answer: httpx.Response, body: bytes) -> Any:
    import json

    try:
        return json.loads(body) if "json" in answer.headers.get("content-type", "") else None
    except (ValueError, RecursionError):
        return None
