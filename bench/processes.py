"""The service under test and the other designs, each in its own process, and their resource usage."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.github import App, GitHub
from tests.service.running import settings

START_WITHIN = 180.0
ROOT = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Running:
    """A server that is ready."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    ready_after: float
    """Seconds from the start of the process to its first successful response."""
    ready_cpu: float = 0.0
    """CPU seconds until then."""

    @property
    def webhooks(self) -> str:
        """The URL that webhooks are sent to."""
        return f"{self.url}/webhooks/github"

    @property
    def resident(self) -> float:
        """Resident memory in MB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    @property
    def cpu(self) -> float:
        """CPU seconds of all threads since the start."""
        return cpu_of(self.process.pid)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines for `event`, oldest first."""
        lines = self.log.read_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{") and f'"{event}"' in line]
        return [line for line in found if line["event"] == event]

    def metric(self, name: str) -> float:
        """Return the sum of a Prometheus metric's samples."""
        total = 0.0
        for line in httpx.get(f"{self.url}/metrics", timeout=30).text.splitlines():
            if line.startswith((name + " ", name + "{")):
                total += float(line.rpartition(" ")[2])
        return total


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of all threads since the process started."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def free_port() -> int:
    """Return a port that is currently free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    folder: Path,
    env: Mapping[str, str] | None = None,
    ready: str = "/readyz",
    root: Path = ROOT,
) -> Iterator[Running]:
    """Run `command` with the modules of `root` until the end of the block; its log is in `folder`."""
    log = folder / f"log-{port}.txt"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=clean | {"PYTHONPATH": str(root)} | dict(env or {}), cwd=folder, stdout=out, stderr=out
        )
    running = Running(f"http://127.0.0.1:{port}", process, log, 0.0)
    try:
        _wait(running, ready)
        running.ready_after = time.perf_counter() - began
        running.ready_cpu = running.cpu
        yield running
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(running: Running, ready: str) -> None:
    until = time.monotonic() + START_WITHIN
    with httpx.Client(timeout=2) as client:
        while running.process.poll() is None and time.monotonic() < until:
            try:
                if client.get(running.url + ready).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.01)
    raise SystemExit(f"a server did not get ready; its log says:\n{running.log.read_text()[-3000:]}")


@contextmanager
def service(
    github: GitHub,
    app: App,
    folder: Path,
    *,
    database_url: str | None = None,
    port: int | None = None,
    root: Path = ROOT,
    login: bool = False,
) -> Iterator[Running]:
    """Run `hotfix serve` from `root`, on SQLite unless a URL is given; `login` enables user login."""
    port = port or free_port()
    env = settings(github, app, database_url or f"sqlite:///{folder}/hotfix-{port}.db")
    if login:
        env |= {"HOTFIX_CLIENT_ID": app.client_id, "HOTFIX_CLIENT_SECRET": app.client_secret}
    command = [sys.executable, "-c", "import sys; from hotfix.cli import main; sys.exit(main())"]
    with serving([*command, "serve", "--port", str(port)], port, folder, env, root=root) as running:
        yield running
