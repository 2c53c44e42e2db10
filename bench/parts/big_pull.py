"""The largest pull request that GitHub shows: 3,000 files and 250 commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import shop
from bench.figures import Figure
from bench.processes import service
from bench.run import Run
from bench.shop import Shop
from tests.github import Delivery, Pull
from tests.github.acme import GOOD_MESSAGE, TAG

FILES, COMMITS = 3000, 250


def measure(run: Run) -> Iterator[Figure]:
    """Measure at 0 ms per call, so that only processing remains: the service's and the simulated GitHub's."""
    folder = run.folder("big-pull")
    with shop.opened() as acme:
        run.say(f"{COMMITS} commits, {FILES:,} files")
        small, big = shop.hotfix(acme, "small"), shop.hotfix(acme, "big")
        with service(acme.github, acme.app, folder) as ours:
            time.sleep(3)  # let the initial sweep finish
            shop.verdict(acme, ours.webhooks, shop.push(acme, small, 1))
            sent = _grown(acme, big)
            before, cpu = ours.resident, ours.cpu
            seen = shop.verdict(acme, ours.webhooks, sent, patience=180)
            used, after = ours.cpu - cpu, ours.resident
            for name, value, unit in (
                ("webhook to check run", seen.seconds, "s"),
                ("of which GitHub had a call under way", seen.github, "s"),
                ("CPU of the service", used, "s"),
                ("calls", seen.calls, "calls"),
                ("resident before", before, "MB"),
                ("resident at the most", _peak(ours.process.pid), "MB"),
                ("resident after", after, "MB"),
            ):
                yield Figure(part="big-pull", name=name, value=value, unit=unit)


def _grown(acme: Shop, pull: Pull) -> list[Delivery]:
    """Push the branch again with all its commits and files; return the webhooks."""
    acme.github.forget()
    commits: list[dict[str, Any]] = [
        {
            "files": {f"src/part_{commit}/module_{i}.py": f"VALUE = {commit}\n" for i in range(FILES // COMMITS)},
            "message": GOOD_MESSAGE,
            "author": acme.dev,
        }
        for commit in range(COMMITS)
    ]
    commits[0]["parents"] = [acme.shop.tags()[TAG]]
    acme.shop.commits(pull.head_ref, commits)
    return [one for one in acme.github.deliveries if one.event == "pull_request"][-1:]


def _peak(pid: int) -> float:
    """Return the peak resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
