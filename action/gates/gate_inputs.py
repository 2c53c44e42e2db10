"""What a gate is: something measured again and again while the new version takes traffic."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from action.gates.quantities import Number, Seconds

_LONGEST_TEXT = 65_536
_MOST_GATES = 50
_MOST_BRACKETS = 1_000
"""The YAML parser takes a time that grows with the square of what is open."""


def url(value: str) -> str:
    """An http or https address. Raises ValueError for anything else."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that are left open, a port that is none
        good = False
    if not good or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError("is no web address; write one such as https://example.com/health")
    return value


def statuses(value: Any) -> tuple[tuple[int, int], ...]:
    """`200`, `200-299` or `200,204` as ranges. Raises ValueError for anything else."""
    if isinstance(value, tuple):
        return value
    ranges = []
    for part in str(value).replace(" ", "").split(","):
        low, _, high = part.partition("-")
        if not (low.isdecimal() and (high or low).isdecimal() and 100 <= int(low) <= int(high or low) <= 599):
            raise ValueError("is no HTTP status; write one such as 200, 200-299 or 200,204")
        ranges.append((int(low), int(high or low)))
    return tuple(ranges)


Url = Annotated[str, AfterValidator(url)]
Statuses = Annotated[tuple[tuple[int, int], ...], BeforeValidator(statuses)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Limit = Annotated[int, Field(ge=0, le=100_000)]
Text = Annotated[str, Field(min_length=1)]


class OnNoData(StrEnum):
    """What a measurement without a sample counts as."""

    FAIL = "fail"
    """No data counts as a failed measurement."""
    WAIT = "wait"
    """No data is measured again, as an error is: never a pass."""


def _dashed(name: str) -> str:
    return name.replace("_", "-")


class Gate(BaseModel):
    """What every gate may set for itself; unset, the Action's inputs of the same names hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_dashed, validate_default=True)

    interval: Seconds | None = None
    count: Count | None = None
    failure_limit: Limit | None = None
    error_limit: Limit | None = None
    on_no_data: OnNoData | None = None
    timeout: Seconds = 10.0

    @property
    def name(self) -> str:
        """Short, for tables and the log."""
        raise NotImplementedError


class HealthGate(Gate):
    """An address that answers with an expected status."""

    health: Url
    status: Statuses = ((200, 299),)

    @property
    def name(self) -> str:
        return f"health {shown(self.health)}"


class CommandGate(Gate):
    """A command whose exit status 0 passes."""

    command: Text
    timeout: Seconds = 300.0

    @property
    def name(self) -> str:
        first = self.command.strip().splitlines()[0] if self.command.strip() else ""
        return f"command {first[:60]}"


class PrometheusGate(Gate):
    """A query that answers one sample, no higher than `max`."""

    prometheus: Url
    query: Text
    max: Number
    min_samples: Limit = 0
    """How many requests the rate must rest on, by `samples-query`; without that, how many measurements with data."""
    samples_query: str = ""

    @property
    def name(self) -> str:
        return f"prometheus {self.query[:60]}"


class ResponseTimeGate(Gate):
    """An address that answers, with a status below 500, within `max`."""

    response_time: Url
    max: Seconds

    @property
    def name(self) -> str:
        return f"response time {shown(self.response_time)}"


KINDS = {
    "health": HealthGate,
    "command": CommandGate,
    "prometheus": PrometheusGate,
    "response-time": ResponseTimeGate,
}


def _kind(value: Any) -> str | None:
    if isinstance(value, Gate):
        return next(kind for kind, gate in KINDS.items() if type(value) is gate)
    return next((kind for kind in KINDS if isinstance(value, dict) and kind in value), None)


AnyGate = Annotated[
    Annotated[HealthGate, Tag("health")]
    | Annotated[CommandGate, Tag("command")]
    | Annotated[PrometheusGate, Tag("prometheus")]
    | Annotated[ResponseTimeGate, Tag("response-time")],
    Discriminator(
        _kind,
        custom_error_type="no_gate",
        custom_error_message="is no gate; it needs one of the keys " + ", ".join(KINDS),
    ),
]


class _Plain(yaml.SafeLoader):
    """YAML without aliases: nobody needs them here, and they can grow without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise ValueError("uses YAML aliases; write the values out")
        return super().compose_node(parent, index)


def gates(value: Any) -> Any:
    """The YAML list of gates as plain data. Raises ValueError when it is none."""
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST_TEXT:
        raise ValueError("is too long to be a list of gates")
    if value.count("[") + value.count("{") > _MOST_BRACKETS:
        raise ValueError("is nested too deeply")
    try:
        read = yaml.load(value, Loader=_Plain)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"is no YAML: {error.problem}{line}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(read, list) or len(read) > _MOST_GATES:
        raise ValueError("is no list of gates; write each as '- health: https://...', '- prometheus: ...'")
    return [{str(k): v for k, v in item.items()} if isinstance(item, dict) else item for item in read]


Gates = Annotated[tuple[AnyGate, ...], BeforeValidator(gates)]


def shown(address: str) -> str:
    """An address without what may be a secret in it: user, password, query."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"
