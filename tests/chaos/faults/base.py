"""The definition of a fault, and the size of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.ground import Ground


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a run."""

    acts: int
    """Number of actions by people during the fault."""
    kills: int


SHORT = Scale(acts=20, kills=3)
LONG = Scale(acts=80, kills=20)


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    says: str
    """A short description of what goes wrong."""
    run: Callable[[Ground, Scale], None]
    """The fault itself, from a ground without a service to its end; may leave unfinished work, but nothing broken."""
    postgres: bool = False


def opened(ground: Ground) -> None:
    """Start the service, and open and evaluate a few pull requests."""
    ground.serve()
    ground.people.start(sound=3, faulty=2, others=1)
    ground.people.approve(ground.people.subjects[0])
    ground.quiet()
