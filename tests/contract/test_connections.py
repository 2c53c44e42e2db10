"""The connections to GitHub."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hotfix.github.transport.exchange import Transport


def test_requests_one_after_another_share_a_connection() -> None:
    """A connection for each would cost a TLS handshake each: two more round trips to GitHub."""
    opened: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            opened.append(self.client_address[1])

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    transport = Transport(f"http://127.0.0.1:{server.server_port}")
    try:
        for _ in range(3):
            assert transport.exchange("token", "GET", "/rate_limit", {}).status == 200
        assert transport.exchange("token", "POST", "/graphql", {}, body={"query": "{}"}).status == 200
        assert len(opened) == 1
    finally:
        transport.close()
        server.shutdown()
        server.server_close()
