"""Define what a job that ran leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from app.queue.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a job that ran leaves behind, written in the transaction that ends the run."""

    jobs: tuple[Job, ...] = ()
    record: Callable[[Connection], Any] | None = None
    wakes_protections: str = ""
    """The repository whose held deployments may be answered now."""
    retry: str = ""
    """Why the job is not done yet although nothing failed; it is retried with back-off. Empty if it is done."""
    retry_at: float | None = None
    """Seconds since the epoch before which it is not retried."""
