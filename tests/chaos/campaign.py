"""Runs faults one after another, each in a fresh environment, and reports the results."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.chaos.faults import Fault, Scale
from tests.chaos.ground import Ground, NotQuiet, ground
from tests.chaos.invariants import Seen, check
from tests.postgres import Postgres

COLUMNS = {
    "deliveries": "deliveries",
    "redelivered": "sent again",
    "verdicts": "verdicts",
    "passes": "passes",
    "calls": "calls",
    "failed_calls": "failed",
    "given_up": "given up",
}
"""Fields of the result -> column headings."""


@dataclass(frozen=True, slots=True)
class Result:
    fault: Fault
    seed: int
    seen: Seen
    quiet_after: float
    """Seconds of the service's clock from the end of the fault until everything was evaluated."""
    seconds: float
    figures: dict[str, float]
    """Values that the fault measured."""
    log: str
    """The service's output; kept if an invariant was violated."""

    @property
    def said(self) -> dict[str, object]:
        """Return the result as data, for a JSON file."""
        return {
            "name": self.fault.name,
            "says": self.fault.says,
            "seed": self.seed,
            "figures": self.figures,
            "quiet_after": round(self.quiet_after, 1),
            "seconds": round(self.seconds, 1),
            "seen": asdict(self.seen),
        }


def run(
    fault: Fault, scale: Scale, seed: int, folder: Path, *, postgres: Postgres | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Result:  # fmt: skip
    """Run one fault. A violated invariant is reported in the result, not raised."""
    began = time.monotonic()
    with ground(folder, seed, postgres=postgres, say=say) as made:
        quiet_after, broken = 0.0, []
        try:
            fault.run(made, scale)
            say("waiting until all is quiet")
            quiet_after = made.quiet()
        except NotQuiet as error:
            broken.append(str(error))
        say("looking at everything")
        seen = check(made)
        seen.broken[:0] = broken
        log = _log(made) if seen.broken else ""
        return Result(fault, seed, seen, quiet_after, time.monotonic() - began, made.figures, log)


def _log(made: Ground) -> str:
    return "\n".join(service.output for service in made.services)
