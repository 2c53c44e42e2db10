"""The largest pull request that GitHub shows: 3,000 files and 250 commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench import shop
from bench.figures import Figure
from bench.processes import service
from bench.run import Run
from tests.github.acme import GOOD_MESSAGE, TAG

FILES, COMMITS = 3000, 250


def measure(run: Run) -> Iterator[Figure]:
    """At 0 ms a call, so that what is left is the work: ours, and the simulated GitHub's."""
    folder = run.folder("big-pull")
    with shop.opened() as acme:
        run.say(f"{COMMITS} commits, {FILES:,} files")
        small, pull = shop.hotfix(acme, "small"), shop.hotfix(acme, "big")
        acme.shop.commits(
            pull.head_ref,
            [
                {
                    "files": {
                        f"src/part_{commit}/module_{i}.py": f"VALUE = {commit}\n" for i in range(FILES // COMMITS)
                    },
                    "message": GOOD_MESSAGE,
                    "author": acme.dev,
                    **({"parents": [acme.shop.tags()[TAG]]} if commit == 0 else {}),
                }
                for commit in range(COMMITS)
            ],
        )
        sent = [one for one in acme.github.deliveries if one.event == "pull_request"][-1:]
        with service(acme.github, acme.app, folder) as ours:
            time.sleep(3)  # what a start looks for, it has found
            shop.verdict(acme, ours.webhooks, shop.push(acme, small, 1))
            before, cpu = ours.resident, ours.cpu
            seen = shop.verdict(acme, ours.webhooks, sent, patience=180)
            yield Figure(part="big-pull", name="webhook to check run", value=seen.seconds, unit="s")
            yield Figure(part="big-pull", name="of which GitHub had a call under way", value=seen.github, unit="s")
            yield Figure(part="big-pull", name="CPU of the service", value=ours.cpu - cpu, unit="s")
            yield Figure(part="big-pull", name="calls", value=seen.calls, unit="calls")
            yield Figure(part="big-pull", name="round trips", value=seen.trips, unit="round trips")
            yield Figure(part="big-pull", name="resident before", value=before, unit="MB")
            yield Figure(part="big-pull", name="resident at the most", value=_peak(ours.process.pid), unit="MB")


def _peak(pid: int) -> float:
    """The highest that was ever resident, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
