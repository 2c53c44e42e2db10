"""Two replicas on PostgreSQL: the server restarts, a replica dies."""

from __future__ import annotations

from tests.chaos.faults.base import Fault, Scale

FAULTS: tuple[Fault, ...] = ()
_ = Scale
