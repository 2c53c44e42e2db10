"""Decide when a failed job runs again, such as one whose request to GitHub failed: after a backoff with jitter."""

from __future__ import annotations

import random
from collections.abc import Callable

from hotfix.backoff import pause_after

FIRST_RETRY = 1.0
LAST_RETRY = 60.0
JITTER = 3.0
"""Seconds over which retries are spread after the time that GitHub gave."""
FINAL_AFTER = 5
"""Number of attempts (about half a minute) after which a refusal is final: GitHub sends events before its API returns
the objects, and answers 404 for existing objects during outages."""
ANSWERED_WITHIN = 65
"""Number of attempts (about an hour) to answer a comment without permission: an override must not be lost if the App's
permissions are accepted a few minutes later."""
CRASHES = 3
"""Number of process crashes during a job after which the job is set aside."""
SET_ASIDE_FOR = 3600.0
"""Seconds until a job that was set aside is attempted again."""


def back_off(attempts: int, rng: Callable[[], float] = random.random) -> float:
    """Return the seconds until the next attempt after `attempts` failed ones: 1, 2, 4 ... 60, with a jitter of 25%."""
    return pause_after(attempts, FIRST_RETRY, LAST_RETRY) * (0.75 + 0.5 * rng())


def next_attempt(now: float, attempts: int, retry_at: float | None) -> float:
    """Return when a job that failed at `now` is due again: after its backoff and not before GitHub's `retry_at`."""
    pause = back_off(attempts)
    if retry_at is None:
        return now + pause
    return max(now + pause, retry_at + min(pause, JITTER))
