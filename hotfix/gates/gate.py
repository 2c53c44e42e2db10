"""The kinds of gates, and their parsing from YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from hotfix.text import yaml_tree
from hotfix.text.durations import Seconds
from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.quantities import Number

VARIABLE = lazy_pattern(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A reference to an environment variable in a header's value."""
_HEADER = lazy_pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_LONGEST_TEXT = 65_536
_MOST_GATES = 50
_ERRORS = lazy_pattern(r"err(?![a-z])|error|fail|exception|panic|5xx|5\.\.|5\[0-9\]|\b50[0-9]\b", re.IGNORECASE)
"""Matches queries about errors."""


def url(value: str) -> str:
    """Return an HTTP or HTTPS URL unchanged. Raises ValueError for anything else."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # an open bracket, a port that is not a number
        good = False
    if not good or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError("is not a web address; write one such as https://example.com/health")
    return value


def statuses(value: Any) -> tuple[tuple[int, int], ...]:
    """Parse `200`, `200-299` or `200,204` into ranges. Raises ValueError for anything else."""
    if isinstance(value, tuple):
        return value
    ranges = []
    for part in str(value).replace(" ", "").split(","):
        low, _, high = part.partition("-")
        if not (low.isdecimal() and (high or low).isdecimal() and 100 <= int(low) <= int(high or low) <= 599):
            raise ValueError("is not an HTTP status; write one such as 200, 200-299 or 200,204")
        ranges.append((int(low), int(high or low)))
    return tuple(ranges)


def headers(value: Any) -> Any:
    """Return header names and values unchanged. Raises ValueError for any that HTTP does not allow."""
    if not isinstance(value, dict):
        raise ValueError("are not headers; write each as 'Authorization: Bearer ${PROMETHEUS_TOKEN}'")
    for name, text in value.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name) or name.casefold() in _OWN_HEADERS:
            raise ValueError("hold a name that can't be set")
        if not isinstance(text, str) or not text.isprintable():
            raise ValueError(f"hold a value of '{name}' that is not a line of text")
    return value


Headers = Annotated[dict[str, str], BeforeValidator(headers)]
"""Headers, in which `${NAME}` is replaced by the environment variable, which may be secret."""
Url = Annotated[str, AfterValidator(url)]
Statuses = Annotated[tuple[tuple[int, int], ...], BeforeValidator(statuses)]
MeasurementCount = Annotated[int, Field(ge=1, le=100_000)]
Limit = Annotated[int, Field(ge=0, le=100_000)]
Text = Annotated[str, Field(min_length=1)]


class Quantity(StrEnum):
    """The quantity that a gate measures, for the checklist of an incident."""

    HEALTH = "health"
    SMOKE = "smoke"
    """The deployment's own smoke test, which is not a gate."""
    ERRORS = "errors"
    OTHER = "other"


class OnNoData(StrEnum):
    """What a measurement without a sample counts as."""

    FAIL = "fail"
    """No data counts as a failed measurement."""
    WAIT = "wait"
    """No data is measured again, like an error; it never counts as a pass."""


def _dashed(name: str) -> str:
    return name.replace("_", "-")


class Gate(BaseModel):
    """What every gate may set for itself; what is unset comes from the settings of the same names around it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=_dashed, validate_default=True, defer_build=True
    )

    interval: Seconds | None = None
    count: MeasurementCount | None = None
    failure_limit: Limit | None = None
    error_limit: Limit | None = None
    on_no_data: OnNoData | None = None
    timeout: Seconds = 10.0

    @property
    def name(self) -> str:
        """The gate's name in tables and the log."""
        raise NotImplementedError

    @property
    def quantity(self) -> Quantity:
        """The quantity that the gate measures; `OTHER` if unknown."""
        return Quantity.OTHER


class HttpGate(Gate):
    """What a gate that asks over HTTP sends along."""

    headers: Headers = {}

    @property
    def variables(self) -> list[str]:
        """The environment variables that the headers refer to."""
        return [name for value in self.headers.values() for name in VARIABLE.findall(value)]


class HealthGate(HttpGate):
    """An address that answers with an expected status."""

    health: Url
    status: Statuses = ((200, 299),)

    @property
    def name(self) -> str:
        return f"health {shown(self.health)}"

    @property
    def quantity(self) -> Quantity:
        return Quantity.HEALTH


class CommandGate(Gate):
    """A command whose exit status 0 passes."""

    command: Text
    timeout: Seconds = 300.0

    @property
    def name(self) -> str:
        first = self.command.strip().splitlines()[0] if self.command.strip() else ""
        return f"command {first[:60]}"


class PrometheusGate(HttpGate):
    """A query that answers one sample of at most `max`."""

    prometheus: Url
    query: Text
    max: Number
    min_samples: Limit = 0
    """Requests that the rate must rest on, by `samples-query`; without it, measurements with data."""
    samples_query: str = ""

    @property
    def name(self) -> str:
        return f"prometheus {self.query[:60]}"

    @property
    def quantity(self) -> Quantity:
        """`ERRORS` if the query is about errors, `OTHER` if it is about load, memory or similar."""
        return Quantity.ERRORS if _ERRORS.search(self.query) else Quantity.OTHER


class ResponseTimeGate(HttpGate):
    """An address that answers, with a status below 500, within `max`."""

    response_time: Url
    max: Seconds

    @property
    def name(self) -> str:
        return f"response time {shown(self.response_time)}"


KINDS: Mapping[str, type[Gate]] = {
    "health": HealthGate,
    "command": CommandGate,
    "prometheus": PrometheusGate,
    "response-time": ResponseTimeGate,
}


BY_TAG = {f"{kind} gate": gate for kind, gate in KINDS.items()}
"""Gate classes by the tags used in locations of validation errors. Each tag differs from the gate's key."""


def _kind(value: Any) -> str | None:
    if isinstance(value, Gate):
        return next(tag for tag, gate in BY_TAG.items() if type(value) is gate)
    return next((f"{kind} gate" for kind in KINDS if isinstance(value, dict) and kind in value), None)


AnyGate = Annotated[
    Annotated[HealthGate, Tag("health gate")]
    | Annotated[CommandGate, Tag("command gate")]
    | Annotated[PrometheusGate, Tag("prometheus gate")]
    | Annotated[ResponseTimeGate, Tag("response-time gate")],
    Discriminator(
        _kind,
        custom_error_type="no_gate",
        custom_error_message="is not a gate; it needs one of the keys " + ", ".join(KINDS),
    ),
]


def gates(value: Any) -> Any:
    """Parse a YAML list of gates into plain data. Raises ValueError for anything else."""
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST_TEXT:
        raise ValueError("is too long to be a list of gates")
    tree, problems = yaml_tree.parse(value)
    if problems:
        raise ValueError(f"is not usable YAML: line {problems[0].line}: {problems[0].message}")
    read = tree.plain(unset=True)
    if not isinstance(read, list) or len(read) > _MOST_GATES:
        raise ValueError("is not a list of gates; write each as '- health: https://...', '- prometheus: ...'")
    return read


Gates = Annotated[tuple[AnyGate, ...], BeforeValidator(gates)]


def shown(address: str) -> str:
    """Return a URL without the parts that may be secret: user, password and query."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"
