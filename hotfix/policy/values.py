"""Define the types of values in a policy, and the base class of its sections."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hotfix.text.globs import as_list
from hotfix.text.lazy_pattern import lazy_pattern

_LOGIN = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}(?:_[A-Za-z0-9]{1,20})?", re.ASCII)
_TEAM = lazy_pattern(_LOGIN.pattern + r"/[A-Za-z0-9._-]{1,100}", re.ASCII)
_WORKFLOW = lazy_pattern(r"[A-Za-z0-9._-]{1,200}\.ya?ml", re.ASCII)


def _person(value: str) -> str:
    name = value.strip().removeprefix("@")
    if not (_LOGIN.fullmatch(name) or _TEAM.fullmatch(name)):
        raise ValueError("write a user's login, such as alice, or a team as org/team")
    return name


def _login(value: str) -> str:
    name = value.strip().removeprefix("@")
    if not _LOGIN.fullmatch(name.removesuffix("[bot]")):
        raise ValueError("write one user's login, such as alice")
    return name


def one_line(value: str) -> str:
    value = value.strip()
    if not value or "\n" in value:
        raise ValueError("write one line of text")
    return value


def _workflow_file(value: str) -> str:
    name = value.removeprefix("./").removeprefix(".github/workflows/")
    if not _WORKFLOW.fullmatch(name):
        raise ValueError("write the name of a file in .github/workflows, such as hotfix-ship.yml")
    return name


OneLine = Annotated[str, AfterValidator(one_line), Field(max_length=500)]
_ONE_OR_MORE = BeforeValidator(as_list)
TextLines = Annotated[tuple[OneLine, ...], _ONE_OR_MORE]
"""One line of text or a list of them."""
NamedPeople = Annotated[tuple[Annotated[str, AfterValidator(_person)], ...], _ONE_OR_MORE]
"""One user or `org/team`, or a list of them; a leading `@` is dropped."""
Login = Annotated[str, AfterValidator(_login)]
"""One user's login; a leading `@` is dropped."""
Label = Annotated[str, AfterValidator(one_line), Field(max_length=50)]
WorkflowFile = Annotated[str, AfterValidator(_workflow_file)]
S = TypeVar("S")


class PolicySection(BaseModel):
    """A mapping of the policy. Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)


def section(_: type[S], description: str) -> S:
    """Return the field that holds a section, by default one without keys: each of its settings is the default.

    The whole policy's validator makes that default, so that a section needs no validator of its own.
    """
    field: Any = Field(default_factory=dict, description=description)
    return field  # type: ignore[no-any-return]
