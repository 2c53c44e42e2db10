"""The base of the fake services: requests in, JSON out, failures on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.github.server.rewording import reword
from tests.waiting import PATIENCE, POLL


@dataclass
class Request:
    """One request with its parsed body and query."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: dict[str, str]
    body: dict[str, Any]


@dataclass
class Trouble:
    """A failure that affects the next requests to a path."""

    path: str
    times: int = 1
    status: int = 500
    """0: the response is only delayed."""
    hold: threading.Event | None = None
    """The event until which the response is held."""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    """Whether the request takes effect although its response is lost."""


class LoopbackService:
    """An HTTP server on a free port; subclasses define the responses."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.wrong: list[str] = []
        """Requests that violate the vendor's documentation."""
        self.requests: list[Request] = []
        self.rewords = False
        """Whether display text in requests is reworded before it is stored."""
        self.headers: Mapping[str, str] = {}
        """Headers of every response."""
        self.lock = threading.RLock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                service._serve(self)

            do_GET = do_POST = do_PATCH = _any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> tuple[int, Any]:
        """Return the status and JSON body of the response."""
        raise NotImplementedError

    def called(self, path: str) -> list[Request]:
        """Return the answered requests to a path."""
        return [each for each in self.requests if each.path.endswith(path)]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(handler.path)
        is_json = "json" in (handler.headers.get("Content-Type") or "")
        body = json.loads(raw) if raw and is_json else dict(parse_qsl(raw))
        if self.rewords:
            body = reword(body)
        request = Request(handler.command, parts.path, dict(handler.headers), dict(parse_qsl(parts.query)), body)
        with self.lock:
            trouble = next((t for t in self.troubles if request.path.endswith(t.path)), None)
            if trouble is not None:
                trouble.times -= 1
                if trouble.times <= 0:
                    self.troubles.remove(trouble)
            if trouble is None or trouble.after or not trouble.status:
                self.requests.append(request)
                status, data = self.answer(request)
        if trouble is not None and trouble.hold is not None:
            trouble.hold.wait(PATIENCE)
        if trouble is not None and trouble.status:
            status, data = trouble.status, {"ok": False, "error": "internal_error"}
        text = json.dumps(data).encode()
        handler.send_response(status)
        for name, value in (trouble.headers if trouble else self.headers).items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
