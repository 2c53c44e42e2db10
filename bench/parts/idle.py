"""The cost of an idle service, and its startup time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from bench import shop
from bench.figures import Figure
from bench.processes import service
from bench.run import Run

SETTLE, WATCH = 15.0, 60.0


def measure(run: Run) -> Iterator[Figure]:
    """Measure with ten open hotfixes, so that the sweeps have work, and GitHub at 50 ms per call."""
    with shop.opened() as acme:
        for i in range(10):
            shop.hotfix(acme, f"idle-{i}")
        acme.github.latency = 0.05
        ready = []
        for start in range(5):
            folder = run.folder(f"idle-{start}")
            with service(acme.github, acme.app, folder) as ours:
                ready.append(ours.ready_after)
                if start < 4:
                    continue
                run.say(f"idle for {SETTLE + WATCH:.0f} s")
                time.sleep(SETTLE)
                cpu = ours.cpu
                time.sleep(WATCH)
                share = (ours.cpu - cpu) / WATCH * 100
                yield Figure(part="idle", name="CPU", value=share, unit="% of a core", at_most=1)
                yield Figure(part="idle", name="resident", value=ours.resident, unit="MB", at_most=150)
        for name, value, goal in (("median", statistics.median(ready), 3), ("slowest of 5", max(ready), None)):
            yield Figure(
                part="idle", name=f"start to ready, fresh database, {name}", value=value, unit="s", at_most=goal
            )  # fmt: skip
