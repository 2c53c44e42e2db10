"""The result of a job that ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from app.queue.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """The result of a job that ran, written in the transaction that ends the run."""

    jobs: tuple[Job, ...] = ()
    record: Callable[[Connection], Any] | None = None
    wakes_protections: str = ""
    """The repository whose held deployments may be decided now; empty for none."""
    retry: str = ""
    """The reason why the job, which did not fail, must be retried with backoff; empty if it is done."""
    retry_at: float | None = None
    """The earliest time of the retry, in seconds since the epoch."""
