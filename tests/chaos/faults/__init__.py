"""All faults of the campaign, by name."""

from tests.chaos.faults import crashes, deliveries, github, lives, replicas, storage, times
from tests.chaos.faults.base import LONG, SHORT, Fault, Scale

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for part in (crashes, github, deliveries, times, storage, replicas, lives)
    for fault in part.FAULTS
}  # fmt: skip

__all__ = ["FAULTS", "LONG", "SHORT", "Fault", "Scale"]
