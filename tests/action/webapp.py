"""A small web application that is really deployed on loopback: one process a version, and a balancer before them.

    webapp.py DIR serve PORT_FILE            the balancer: splits traffic, counts answers, answers Prometheus queries
    webapp.py DIR deploy VERSION PERCENTAGE  gives a version that share of the traffic; the rest stays where it was
    webapp.py DIR version VERSION            one version (started by deploy)

Only the standard library, so that a deployment takes a few tens of milliseconds. DIR holds the routes, the log of
deployments and one file a version with its error rate, which `App.break_version` writes. Traffic comes when somebody
asks: each query first sends `BURST` requests through the balancer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BURST = 200
LIFETIME = 600
"""Seconds after which every process ends on its own."""


def write(path: Path, data: Any) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.write_text(json.dumps(data))
    new.replace(path)


def read(path: Path, default: Any) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return default


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


def server(handler: type[Quiet]) -> ThreadingHTTPServer:
    made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.daemon_threads = True
    timer = threading.Timer(LIFETIME, lambda: os.kill(os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()
    return made


def version(folder: Path, name: str) -> None:
    """Serve one version: `/` answers its name, or 500 as often as its error rate says; `/health` by its health."""
    seen = {"requests": 0, "due": 0.0}

    class Version(Quiet):
        def do_GET(self) -> None:
            knobs = read(folder / f"knobs-{name}", {})
            if self.path == "/health":
                healthy = knobs.get("healthy", True)
                self.answer(200 if healthy else 503, {"version": name})
                return
            seen["requests"] += 1
            seen["due"] += knobs.get("error_rate", 0.0)
            if seen["due"] >= 1:
                seen["due"] -= 1
                self.answer(500, {"version": name})
            else:
                self.answer(200, {"version": name})

    made = server(Version)
    write(folder / f"version-{name}", {"port": made.server_port, "pid": os.getpid()})
    made.serve_forever()


def serve(folder: Path, port_file: str) -> None:
    counts: dict[str, dict[str, int]] = {}
    turn = {"n": 0}
    lock = threading.Lock()

    def pick() -> str | None:
        routes = read(folder / "routes", {})
        with lock:
            turn["n"] += 1
            at = (turn["n"] * 37) % 100
        for name, share in sorted(routes.items()):
            if at < share:
                return str(name)
            at -= share
        return None

    def through(path: str) -> tuple[int, str, str | None]:
        name = pick()
        if name is None:
            return 503, '{"version": null}', None
        port = read(folder / f"version-{name}", {}).get("port")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            connection.close()
        except OSError:
            return 502, '{"version": null}', name
        with lock:
            seen = counts.setdefault(name, {"requests": 0, "errors": 0})
            if path != "/health":
                seen["requests"] += 1
                seen["errors"] += answer.status >= 500
        return answer.status, body, name

    def burst() -> tuple[int, int]:
        with lock:
            counts.clear()
        for _ in range(BURST):
            through("/")
        return sum(c["errors"] for c in counts.values()), sum(c["requests"] for c in counts.values())

    def sample(value: Any) -> dict[str, Any]:
        return {"metric": {}, "value": [time.time(), str(value)]}

    class Balancer(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query).get("query", [""])[0]
            knobs = read(folder / "knobs-balancer", {})
            if parts.path == "/loop":
                self.answer(302, "", location="/loop")
            elif parts.path == "/metrics":
                lines = ["# TYPE http_requests_total counter"]
                for name, seen in sorted(counts.items()):
                    for code, count in (("500", seen["errors"]), ("200", seen["requests"] - seen["errors"])):
                        lines.append(f'http_requests_total{{version="{name}",code="{code}"}} {count}')
                self.answer(200, "\n".join(lines) + "\n", "text/plain; version=0.0.4")
            elif parts.path == "/prometheus/api/v1/query":
                if "syntax error" in query:
                    bad = {"status": "error", "errorType": "bad_data", "error": "parse error at char 1"}
                    self.answer(400, bad)
                    return
                errors, requests = burst()
                ratio = errors / requests if requests else "NaN"
                value = knobs.get("value", requests if query == "requests" or "increase(" in query else ratio)
                result = [sample(value)] * knobs.get("samples", 1)
                data = {"resultType": knobs.get("type", "vector"), "result": result}
                self.answer(knobs.get("status", 200), {"status": "success", "data": data})
            else:
                time.sleep(knobs.get("slow", 0))
                status, body, _ = through(parts.path)
                self.answer(status, body)

    made = server(Balancer)
    write(Path(port_file), {"port": made.server_port, "pid": os.getpid()})
    made.serve_forever()


def deploy(folder: Path, name: str, share: str | int) -> None:
    percentage = int(share)
    with (folder / "deployments").open("a") as log:
        log.write(f"{name} {percentage}\n")
    own = folder / f"version-{name}"
    if not own.exists():
        subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, str(folder), "version", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 20
        while not own.exists() and time.monotonic() < until:
            time.sleep(0.01)
    routes = read(folder / "routes", {})
    others = {other: share for other, share in routes.items() if other != name and share}
    rest, total = 100 - percentage, sum(others.values())
    shares = {other: round(rest * share / total) for other, share in others.items()} if total else {}
    write(folder / "routes", {name: percentage, **{o: s for o, s in shares.items() if s}})
    print(f"{name} has {percentage} % of the traffic")


class App:
    """The application as a test sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        port_file = self.folder / "balancer"
        self._balancer = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, str(self.folder), "serve", str(port_file)], start_new_session=True
        )
        until = time.monotonic() + 20
        while not port_file.exists() and time.monotonic() < until:
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{read(port_file, {})['port']}"

    @property
    def command(self) -> str:
        """The command line that deploys, for a user's command: `$WEBAPP deploy VERSION PERCENTAGE`."""
        return f"{sys.executable} -S -E {__file__} {self.folder}"

    @property
    def prometheus(self) -> str:
        return f"{self.url}/prometheus"

    @property
    def routes(self) -> dict[str, int]:
        """Version -> share of the traffic."""
        return {name: share for name, share in read(self.folder / "routes", {}).items() if share}

    @property
    def deployments(self) -> list[tuple[str, int]]:
        """Every deploy command that ran: (version, percentage)."""
        log = self.folder / "deployments"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    def deploy(self, name: str, percentage: int = 100) -> None:
        with contextlib.redirect_stdout(None):
            deploy(self.folder, name, percentage)

    def set_version(self, name: str, **knobs: Any) -> None:
        """`error_rate=0.2`, `healthy=False`."""
        write(self.folder / f"knobs-{name}", knobs)

    def set_balancer(self, **knobs: Any) -> None:
        """`slow=0.5` seconds an answer; `samples=2`, `value="NaN"`, `status=503`, `type="matrix"` of the queries."""
        write(self.folder / "knobs-balancer", knobs)

    def close(self) -> None:
        for path in self.folder.glob("version-*"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(read(path, {})["pid"], signal.SIGKILL)
        self._balancer.kill()
        self._balancer.wait()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    commands: dict[str, Any] = {"serve": serve, "deploy": deploy, "version": version}
    commands[sys.argv[2]](folder, *sys.argv[3:])
