"""Parse the Action's inputs, which are passed as environment variables `HOTFIX_INPUT_*`, never through a shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from action.runner.command_errors import UsageError
from hotfix.gates.gate import Gates, Limit, MeasurementCount, OnNoData, Statuses, Url
from hotfix.production.versions import format_problem
from hotfix.text import globs
from hotfix.text.durations import Seconds

PREFIX = "HOTFIX_INPUT_"


class Command(StrEnum):
    """The commands of the Action; each is a module of the same name."""

    CHECK = "check"
    TAG = "tag"
    DEPLOY = "deploy"
    MONITOR = "monitor"
    ROLLBACK = "rollback"
    BACK_MERGE = "back-merge"
    SHIP = "ship"


NEEDS: dict[Command, tuple[str, ...]] = {
    Command.DEPLOY: ("environment", "run"),
    Command.ROLLBACK: ("rollback-run",),
    Command.SHIP: ("run", "rollback-run"),
}
"""Inputs that a command requires."""


def _canary_steps(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    steps = [part.strip().removesuffix("%") for part in value.split(",")]
    if not all(step.isdecimal() and len(step) <= 3 for step in steps):
        raise ValueError("are not percentages; write rising ones that end with 100, such as 10,50,100")
    numbers = tuple(int(step) for step in steps)
    if numbers[0] < 1 or numbers[-1] != 100 or list(numbers) != sorted(set(numbers)):
        raise ValueError("must rise and end with 100, such as 10,50,100")
    return numbers


def _names(value: Any) -> Any:
    return tuple(part for part in re.split(r"[\s,]+", value) if part) if isinstance(value, str) else value


def _globs(names: tuple[str, ...]) -> tuple[str, ...]:
    if problem := next(filter(None, map(globs.problem, names)), ""):
        raise ValueError(f"can't be read: {problem}")
    return names


def _sha(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value):
        raise ValueError("is not a full commit SHA; write all 40 characters, such as ${{ github.sha }}")
    return value


def _tag_format(value: str) -> str:
    if wrong := format_problem(value):
        raise ValueError(wrong)
    return value


class Inputs(BaseModel):
    """One field per input, named as in action.yml with `_` for `-`. Durations are in seconds."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
        alias_generator=lambda name: name.replace("_", "-"),
    )

    command: Command
    token: str = Field("", repr=False)
    dry_run: bool = False
    retry_for: Seconds = 120.0

    sha: Annotated[str, AfterValidator(_sha)] | None = None
    base: str = ""
    app: Annotated[int, Field(gt=0)] | None = None
    production_tag: str = ""

    tag: str = ""
    tag_format: Annotated[str, AfterValidator(_tag_format)] | None = None
    message: str = ""

    environment: str = Field("", max_length=255)
    staging_environment: str = ""
    target: Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f]*$")] = ""
    run: str = ""
    smoke: str = ""
    rollback_run: str = ""
    environment_url: Url | None = None
    staging_environment_url: Url | None = None
    health_url: Url | None = None
    staging_health_url: Url | None = None
    health_status: Statuses = ((200, 299),)
    health_timeout: Seconds = 10.0
    health_wait: Seconds = 60.0
    canary_steps: Annotated[tuple[int, ...], BeforeValidator(_canary_steps)] = (100,)

    gates: Gates = ()
    interval: Seconds = 30.0
    count: MeasurementCount = 10
    failure_limit: Limit = 0
    error_limit: Limit = 3
    on_no_data: OnNoData = OnNoData.FAIL
    duration: Seconds = 900.0

    to: str = ""
    into: Annotated[tuple[str, ...], BeforeValidator(_names), AfterValidator(_globs)] = ()
    auto_merge: bool = False


class WrongInputs(Exception):
    """Invalid inputs, with all their problems."""

    def __init__(self, problems: list[UsageError]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def read(environ: Mapping[str, str], *, recovering: bool = False) -> Inputs:
    """Return the inputs. Empty inputs are unset, as GitHub passes them. Raises WrongInputs with every problem.

    `recovering`: no input is required, since the saved state determines what to do.
    """
    given = {
        name.removeprefix(PREFIX).lower().replace("_", "-"): value.strip()
        for name, value in environ.items()
        if name.startswith(PREFIX) and value.strip()
    }
    problems = []
    if "command" not in given:
        given["command"] = "(none)"
    try:
        inputs = Inputs.model_validate(given)
    except ValidationError as error:
        problems = [_problem(dict(each)) for each in error.errors(include_url=False)]
        raise WrongInputs(problems) from None
    for name in NEEDS.get(inputs.command, ()):
        if name not in given and not recovering:
            problems.append(
                UsageError(f"command {inputs.command} needs the input {name}.", f"Add '{name}: ...'.", about=name)
            )
    if problems:
        raise WrongInputs(problems)
    return inputs


def require_token(inputs: Inputs) -> None:
    """Raise UsageError if the inputs contain no token."""
    if not inputs.token:
        raise UsageError(
            "There is no token.", "Leave the input unset for the job's own, or pass a GitHub App's.", about="token"
        )


def _problem(error: dict[str, Any]) -> UsageError:
    where = [part for at, part in enumerate(error["loc"]) if at != 2]  # the third part is the kind of gate
    name = str(where[0]) + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where[1:])
    kind, words = error["type"], str(error["msg"]).removeprefix("Value error, ")
    match kind:
        case "enum":
            what, remedy = "is not known.", f"Use one of {error['ctx']['expected'].replace(chr(39), '')}."
        case "bool_parsing":
            what, remedy = "is neither true nor false.", "Write true or false."
        case "missing":
            what, remedy = "is missing.", f"Add '{where[-1]}: ...' to the gate."
        case "extra_forbidden":
            what, remedy = "is not known.", "Check the spelling; docs/action.md lists all names."
        case "value_error" | "no_gate":
            what, _, remedy = words.partition("; ")
            what, remedy = f"{what}.", f"{remedy[:1].upper()}{remedy[1:]}." if remedy else ""
        case "string_type":
            what, remedy = "is not a text.", "Put it in quotes, and check that the variable it comes from is set."
        case _:
            what, remedy = f"is wrong: {re.sub('^(Input|String|Value) ', 'it ', words)}.", ""
    return UsageError(f"{name} {what}", remedy, about=name)
