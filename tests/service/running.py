"""The real service in a process of its own, which tests start, kill and query."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.forked import LINUX, Forked
from tests.github import App, GitHub, GitHubClient, sign
from tests.waiting import PATIENCE, eventually

__all__ = [
    "PATIENCE", "Service", "Unconfigured", "counted", "eventually", "get", "head", "http", "post", "settings",
]  # fmt: skip

http = httpx.Client(verify=False, trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))
"""A client for plain HTTP on loopback: `httpx.get` loads all of the machine's certificates for each request."""


def request(method: str, url: str, **options: Any) -> httpx.Response:
    """Send one request without keeping cookies."""
    answer = http.request(method, url, **options)
    http.cookies.clear()
    return answer


get, head, post = partial(request, "GET"), partial(request, "HEAD"), partial(request, "POST")
ADDRESS = re.compile(r"hotfix: listening on (http://[0-9.]+:[0-9]+)")


def settings(github: GitHub, app: App, database: str) -> dict[str, str]:
    """Return the settings of `hotfix serve` as environment variables."""
    return {
        "HOTFIX_APP_ID": str(app.id),
        "HOTFIX_PRIVATE_KEY": app.private_key,
        "HOTFIX_WEBHOOK_SECRET": app.webhook_secret,
        "HOTFIX_GITHUB_API_URL": github.api_url,
        "HOTFIX_GITHUB_URL": github.url,
        "HOTFIX_DATABASE_URL": database,
    }


class Service:
    """`hotfix serve` on a free port.

    `settings` are environment variables. If `forked`, the process is forked from one that has imported it, which takes
    a tenth of the time (tests/forked.py).
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], arguments: Sequence[str] = (), *, forked: bool = LINUX
    ) -> None:
        self.folder = folder
        self.settings = dict(settings)
        self.arguments = arguments
        self.clock: Callable[[], float] = time.time
        """The service's clock; tests that move it replace this function."""
        self.port = 0
        self.url = ""
        self._forked = forked
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._logs: list[Path] = []
        self._records: list[dict[str, Any]] = []
        """The parsed log lines read so far."""
        self._read: dict[Path, int] = {}
        """Number of bytes read of each log file."""

    @property
    def process(self) -> subprocess.Popen[bytes] | Forked:
        assert self._process is not None, "the service was not started"
        return self._process

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/webhooks/github"

    def launch(self) -> None:
        """Start it on its previous port, without waiting until it is ready."""
        log = self.folder / f"service-{len(self._logs)}.log"
        self._logs.append(log)
        env = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
        env |= {"PYTHONPATH": str(Path(__file__).parents[2]), **self.settings}
        arguments = ("serve", "--port", str(self.port), *self.arguments)
        if self._forked:
            with log.open("wb") as out, open(os.devnull, "rb") as nothing:
                files = (nothing.fileno(), out.fileno(), out.fileno())
                self._process = Forked(arguments, self.folder, env, files)
            return
        code = "import sys; from hotfix.cli import main; sys.argv[0] = 'hotfix'; sys.exit(main())"
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                cwd=self.folder,
                env=env,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def start(self) -> Service:
        """Start it and wait until it is ready."""
        self.launch()

        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.output}")
            if found := ADDRESS.search(self._logs[-1].read_text()):
                self.url = found[1]
                self.port = int(self.url.rpartition(":")[2])
                return get(f"{self.url}/readyz").status_code == 200
            return False

        eventually(ready, "the service to be ready")
        return self

    def kill(self) -> None:
        """Kill it with SIGKILL, without any cleanup."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop it with SIGTERM and return the exit status."""
        if self._process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    @property
    def output(self) -> str:
        """Everything it has printed so far."""
        return "".join(log.read_text() for log in self._logs if log.exists())

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines about `event`."""
        for log in self._logs:
            if log.exists():
                self._read_more(log)
        return [record for record in self._records if record["event"] == event]

    def _read_more(self, log: Path) -> None:
        with log.open("rb") as file:
            file.seek(self._read.get(log, 0))
            whole = file.read().rpartition(b"\n")[0]
            self._read[log] = self._read.get(log, 0) + len(whole)
        self._records += [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples that have these labels."""
        total = 0.0
        for line in get(f"{self.url}/metrics").text.splitlines():
            if line.startswith((f"{name} ", f"{name}{{")) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rpartition(" ")[2])
        return total

    def deliver(
        self,
        event: str,
        payload: Any,
        guid: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a webhook signed as GitHub would sign it."""
        body = json.dumps(payload).encode() if body is None else body
        return post(self.webhook_url, content=body, headers=self.headers(event, guid, body) | dict(headers or {}))

    def headers(self, event: str, guid: str, body: bytes) -> dict[str, str]:
        secret = self.settings["HOTFIX_WEBHOOK_SECRET"].partition(",")[0]
        return {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-Hub-Signature-256": sign(secret, body),
            "Content-Type": "application/json",
        }

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Query the service's SQLite file."""
        connection = sqlite3.connect(self.folder / "hotfix.db", timeout=PATIENCE)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()

    def change(self, statement: str) -> None:
        """Change the service's SQLite file, for example to simulate elapsed time."""
        connection = sqlite3.connect(self.folder / "hotfix.db", timeout=PATIENCE)
        try:
            with connection:
                connection.execute(statement)
        finally:
            connection.close()

    def restart(self) -> None:
        """Stop it and start it again, on the same port."""
        self.stop()
        self.start()

    def idle(self) -> bool:
        """Return whether no job is due or running."""
        open_ = "SELECT count(*) FROM jobs WHERE wanted > done AND (due_at <= ? OR owner IS NOT NULL)"
        count: int = self.rows(open_, self.clock() + 1)[0][0]
        return count == 0

    def settle(self, github: GitHubClient) -> None:
        """Wait until every event is processed, including those caused by the service's own writes."""
        while True:
            newest = github.newest_delivery
            github.settle()
            eventually(self.idle, "the service to be idle")
            if github.newest_delivery == newest:
                return

    def next_retry(self, repo: str) -> float | None:
        """Return when the next job of a repository is due, by the service's clock.

        None if there is no job, one is due already, or the next one is not a retry of a failed attempt.
        """
        of_repo = re.compile(rf":{re.escape(repo)}(?![\w.-])")
        jobs = self.rows("SELECT due_at, attempts, key FROM jobs WHERE wanted > done ORDER BY due_at")
        for due_at, attempts, key in jobs:
            if of_repo.search(key):
                return float(due_at) if attempts and due_at > self.clock() else None
        return None

    def is_scheduled(self, key: str) -> bool:
        """Return whether a job is scheduled, for now or later."""
        return bool(self.rows("SELECT 1 FROM jobs WHERE key = ? AND wanted > done", key))


SETUP_LINK = re.compile(r"^  (http\S+/setup\?token=\S+)$", re.MULTILINE)


class Unconfigured(Service):
    """`hotfix serve` in an empty folder, without credentials: it prints the link that opens the setup page."""

    def __init__(self, github: GitHub, folder: Path, *arguments: str, **others: str) -> None:
        addresses = {"HOTFIX_GITHUB_API_URL": github.api_url, "HOTFIX_GITHUB_URL": github.url}
        super().__init__(folder, addresses | others, arguments)
        self.link = ""
        self.listening_port = 0

    def __enter__(self) -> Unconfigured:
        self.launch()

        def linked() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.output}")
            if found := SETUP_LINK.search(self.output):
                self.link = found[1]
                self.url = self.link.partition("/setup")[0]
                self.listening_port = int(self.output.partition("listening on ")[2].split()[0].rpartition(":")[2])
            return bool(found)

        eventually(linked, "the link that opens set-up")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def counted(prefix: str) -> Iterator[str]:
    """Yield names that no other test uses."""
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number}"
