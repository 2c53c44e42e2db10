"""A small web application deployed on loopback: its versions, and a load balancer that splits traffic among them.

The load balancer is a server in a thread of the test process; each version is an object behind it. The deploy command,
`webapp.sh`, sends requests to it. The folder holds one file per version with its error rate and health, written by
`App.set_version` or a shell command. Traffic is generated on demand: each query first sends `BURST` requests through
the load balancer.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.waiting import POLL

BURST = 200
SCRIPT = Path(__file__).with_name("webapp.sh")


def write(path: Path, data: Any) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(data))
    new.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Return the settings in a file; empty if the file does not exist."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found


class Version:
    """One version: it responds with its name, or with 500 at its error rate."""

    def __init__(self, name: str, settings: Path) -> None:
        self.name, self._settings = name, settings
        self.requests = self.errors = 0
        """Counts since the last burst began."""
        self._due = 0.0

    def answer(self, path: str) -> int:
        """Return the response status: `/health` depends on the health, any other path on the error rate."""
        settings = read(self._settings)
        if path == "/health":
            return 200 if settings.get("healthy", True) else 503
        self.requests += 1
        self._due += settings.get("error_rate", 0.0)
        if self._due < 1:
            return 200
        self._due -= 1
        self.errors += 1
        return 500


class Balancer:
    """Splits traffic among versions by share and counts the responses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = 0
        self._versions: dict[str, Version] = {}
        self._lock = threading.Lock()
        self.routes: dict[str, int] = {}
        """Version -> share of the traffic."""
        self.deployments: list[tuple[str, int]] = []
        """Every deployment as (version, percentage)."""

    def deploy(self, name: str, percentage: int) -> str:
        """Give a version this share of the traffic and scale the other shares to the remainder."""
        with self._lock:
            self.deployments.append((name, percentage))
            self._versions.setdefault(name, Version(name, self._folder / f"knobs-{name}"))
            others = {other: share for other, share in self.routes.items() if other != name}
            rest, total = 100 - percentage, sum(others.values())
            shares = {other: round(rest * share / total) for other, share in others.items()}
            self.routes = {one: share for one, share in {name: percentage, **shares}.items() if share}
        return f"{name} has {percentage} % of the traffic\n"

    def request(self, path: str) -> tuple[int, str | None]:
        """Send a request to a version; return the status and the version's name."""
        with self._lock:
            return self._request(path)

    def _request(self, path: str) -> tuple[int, str | None]:
        self._turn += 1
        at = (self._turn * 37) % 100
        for name, share in sorted(self.routes.items()):
            if at < share:
                return self._versions[name].answer(path), name
            at -= share
        return 503, None

    def burst(self) -> tuple[int, int]:
        """Reset the counts, send `BURST` requests, and return the numbers of errors and requests."""
        with self._lock:
            for version in self._versions.values():
                version.requests = version.errors = 0
            for _ in range(BURST):
                self._request("/")
            served = self._versions.values()
            return sum(one.errors for one in served), sum(one.requests for one in served)

    def metrics(self) -> str:
        """Return the counts in the Prometheus exposition format."""
        lines = ["# TYPE http_requests_total counter"]
        for name, one in sorted(self._versions.items()):
            for code, count in (("500", one.errors), ("200", one.requests - one.errors)):
                if one.requests:
                    lines.append(f'http_requests_total{{version="{name}",code="{code}"}} {count}')
        return "\n".join(lines) + "\n"

    def query(self, query: str, settings: Mapping[str, Any]) -> tuple[int, Any]:
        """Return status and body of a query's response, as Prometheus does."""
        if "syntax error" in query:
            return 400, {"status": "error", "errorType": "bad_data", "error": "parse error at char 1"}
        errors, requests = self.burst()
        ratio = errors / requests if requests else "NaN"
        value = settings.get("value", requests if query == "requests" or "increase(" in query else ratio)
        result = [{"metric": {}, "value": [time.time(), str(value)]}] * settings.get("samples", 1)
        data = {"resultType": settings.get("type", "vector"), "result": result}
        return settings.get("status", 200), {"status": "success", "data": data}


def handler(balancer: Balancer, settings: Path) -> type[BaseHTTPRequestHandler]:
    """Return the load balancer's HTTP request handler."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            knobs = read(settings)
            if parts.path == "/loop":
                self._answer(302, "", location="/loop")
            elif parts.path == "/metrics":
                self._answer(200, balancer.metrics(), "text/plain; version=0.0.4")
            elif parts.path == "/prometheus/api/v1/query":
                self._answer(*balancer.query(parse_qs(parts.query).get("query", [""])[0], knobs))
            else:
                time.sleep(knobs.get("slow", 0))
                status, version = balancer.request(parts.path)
                self._answer(status, {"version": version})

        def do_POST(self) -> None:
            _, deploy, name, percentage = self.path.split("/")
            assert deploy == "deploy"
            self._answer(200, balancer.deploy(name, int(percentage)), "text/plain")

        def _answer(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


class App:
    """The application as tests use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._balancer = Balancer(folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self._balancer, folder / "knobs-balancer"))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="web app", daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def command(self) -> str:
        """Return the deploy command for a user's command: `$WEBAPP deploy VERSION PERCENTAGE`."""
        return f"bash {SCRIPT} {self._server.server_port}"

    @property
    def prometheus(self) -> str:
        return f"{self.url}/prometheus"

    @property
    def routes(self) -> dict[str, int]:
        """Return version -> share of the traffic."""
        return dict(self._balancer.routes)

    @property
    def deployments(self) -> list[tuple[str, int]]:
        """Return every deploy command that ran, as (version, percentage)."""
        return list(self._balancer.deployments)

    def deploy(self, name: str, percentage: int = 100) -> None:
        self._balancer.deploy(name, percentage)

    def set_version(self, name: str, **knobs: Any) -> None:
        """Set a version's health and error rate, for example `error_rate=0.2` or `healthy=False`."""
        write(self.folder / f"knobs-{name}", knobs)

    def set_balancer(self, **knobs: Any) -> None:
        """Set the delay of responses (`slow=0.5`, in seconds) and the results of queries.

        For example: `samples=2`, `value="NaN"`, `status=503`, `type="matrix"`.
        """
        write(self.folder / "knobs-balancer", knobs)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
