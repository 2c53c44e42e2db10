"""What a fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.ground import Ground


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a run is."""

    acts: int
    """What people do while the fault lasts."""
    kills: int


SHORT = Scale(acts=20, kills=3)
LONG = Scale(acts=80, kills=20)


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    says: str
    """What goes wrong, in a phrase."""
    run: Callable[[Ground, Scale], None]
    """From a ground without a service to the end of the fault; it may leave work undone, but nothing broken."""
    postgres: bool = False


def opened(ground: Ground) -> None:
    """Start the service, and open and evaluate a few pull requests."""
    ground.serve()
    ground.people.start(sound=3, faulty=2, others=1)
    ground.people.approve(ground.people.subjects[0])
    ground.quiet()
