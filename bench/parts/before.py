"""The service now and at an earlier commit, measured alternately: their ratio doesn't depend on the machine.

`HOTFIX_BENCH_BASE` names the commit; its files are checked out into a separate folder and run with today's
packages.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import shop
from bench.figures import Figure
from bench.load import percentile
from bench.parts import clone, opened
from bench.processes import service
from bench.run import Run
from bench.shop import Shop
from tests.github import Pull

BASE = os.environ.get("HOTFIX_BENCH_BASE", "44dcf0f")
ROOT = Path(__file__).resolve().parents[2]
SETTLE = 8.0
LATENCY = 0.05
GOALS = {
    "start to ready, fresh database": 1.0 / 1.9,
    "resident when idle": 100 / 124,
    "webhook to check run at 50 ms a call, p50": 110 / 119,
    "CPU per verdict": 6 / 11,
    "CPU per verdict, many opened at once": 6 / 11,
    "a verdict of many opened at once": 25 / 50,
    "CPU of hotfix check, 10,000 commits": 0.25 / 0.37,
}
"""Goals, as a share of the earlier value."""


@dataclass
class _Side:
    root: Path
    found: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)


def measure(run: Run) -> Iterator[Figure]:
    """Measure each side a few times, alternating."""
    folder = run.folder("before")
    base = folder / "base"
    subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "-q", "--detach", str(base), BASE], check=True)
    sides = {"before": _Side(base), "now": _Side(ROOT)}
    try:
        with shop.opened() as acme:
            for turn in range(run.pick(5, 1)):
                for name, side in sides.items():
                    run.say(f"{name}, turn {turn + 1}")
                    _start(acme, folder / f"{name}-{turn}", side)
            pulls = [shop.hotfix(acme, f"before-{i}") for i in range(5)]
            for turn in range(run.pick(4, 1)):
                for name, side in sides.items():
                    run.say(f"{name}: verdicts, turn {turn + 1}")
                    _verdicts(run, acme, folder / f"{name}-verdicts-{turn}", side, pulls)
        for name, side in sides.items():
            run.say(f"{name}: opened at once")
            _opened(run, folder / f"{name}-opened", side)
        run.say("hotfix check, in turns")
        _checks(folder, sides.values(), run.pick(10, 1))
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(base)], check=True)
    for name, values in sides["now"].found.items():
        now, then = statistics.median(values), statistics.median(sides["before"].found[name])
        unit = "MB" if "resident" in name else "ms"
        yield Figure(part="before", name=f"{name}, before", value=then, unit=unit, alongside=True)
        yield Figure(part="before", name=name, value=now, unit=unit)
        yield Figure(part="before", name=f"{name}, ratio", value=now / then, unit="", at_most=GOALS.get(name))


def _start(acme: Shop, folder: Path, side: _Side) -> None:
    folder.mkdir()
    acme.github.latency = LATENCY
    with service(acme.github, acme.app, folder, root=side.root) as running:
        side.add("start to ready, fresh database", running.ready_after * 1000)
        side.add("CPU from start to ready", running.ready_cpu * 1000)
        time.sleep(SETTLE)
        side.add("resident when idle", running.resident)


def _checks(folder: Path, sides: Collection[_Side], turns: int) -> None:
    env = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    place = clone.long_history(folder, env)
    code = "import sys; from hotfix.cli import main; sys.exit(main())"
    for _ in range(turns):
        for side in sides:
            process = subprocess.Popen(
                [sys.executable, "-c", code, "check", "--tag", "v1.2.3"],
                cwd=place, env=env | {"PYTHONPATH": str(side.root)}, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            _, status, used = os.wait4(process.pid, 0)  # including its git processes
            if os.waitstatus_to_exitcode(status):
                raise SystemExit(f"hotfix check of {side.root} failed")
            side.add("CPU of hotfix check, 10,000 commits", (used.ru_utime + used.ru_stime) * 1000)


def _opened(run: Run, folder: Path, side: _Side) -> None:
    folder.mkdir()
    rate, cpu, _ = opened.opened_at_once(run, folder, run.pick(1_000, 20), side.root)
    side.add("a verdict of many opened at once", 1000 / rate)
    side.add("CPU per verdict, many opened at once", cpu)


def _verdicts(run: Run, acme: Shop, folder: Path, side: _Side, pulls: list[Pull]) -> None:
    folder.mkdir()
    with service(acme.github, acme.app, folder, root=side.root) as running:
        acme.github.latency = LATENCY
        for number, pull in enumerate(pulls):
            shop.verdict(acme, running.webhooks, shop.push(acme, pull, number))
        cpu, began = running.cpu, len(running.logged("verdict"))
        seen = [
            shop.verdict(acme, running.webhooks, shop.push(acme, pulls[turn % len(pulls)], turn))
            for turn in range(run.pick(30, 5))
        ]
        side.add("webhook to check run at 50 ms a call, p50", percentile([s.seconds for s in seen], 0.5) * 1000)
        count = len(running.logged("verdict")) - began
        side.add("CPU per verdict", (running.cpu - cpu) / max(1, count) * 1000)
        acme.github.latency = 0
