"""HTTP connections to GitHub."""

from __future__ import annotations

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hotfix.github.transport.errors import TransientError
from hotfix.github.transport.exchange import Transport
from tests.waiting import POLL


class Server(ThreadingHTTPServer):
    """A server that answers every request with `{}` and records it."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.lines: list[str] = []
        self.compressed = False
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.opened.append(self.client_address[1])

    def do_GET(self) -> None:
        self.server.lines.append(f"{self.requestline} {self.headers['Authorization']}")
        body = gzip.compress(b'{"packed": true}') if self.server.compressed else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.server.compressed and "gzip" in self.headers["Accept-Encoding"]:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_CONNECT(self) -> None:
        self.server.lines.append(self.requestline)
        self.send_error(502)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def transport_to(url: str) -> Iterator[Transport]:
    transport = Transport(url)
    try:
        yield transport
    finally:
        transport.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = Server()
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_requests_one_after_another_share_a_connection(server: Server) -> None:
    """A separate connection for each would add a TLS handshake: two more round trips to GitHub."""
    with transport_to(f"http://127.0.0.1:{server.server_port}") as transport:
        for _ in range(3):
            assert transport.exchange("token", "GET", "/rate_limit", {}).status == 200
        assert transport.exchange("token", "POST", "/graphql", {}, body={"query": "{}"}).status == 200
    assert len(server.opened) == 1


def test_a_compressed_answer_is_unpacked(server: Server) -> None:
    server.compressed = True
    with transport_to(f"http://127.0.0.1:{server.server_port}") as transport:
        assert transport.exchange("token", "GET", "/rate_limit", {}).data == {"packed": True}


def test_requests_go_through_the_proxy_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain HTTP proxy receives the full URL and the token."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    with transport_to("http://github.invalid/api/v3") as transport:
        assert transport.exchange("token", "GET", "/user", {}, {"a": "b"}).status == 200
    assert server.lines == ["GET http://github.invalid/api/v3/user?a=b HTTP/1.1 Bearer token"]


def test_a_host_named_in_no_proxy_is_reached_directly(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with transport_to(f"http://127.0.0.1:{server.server_port}/api/v3") as transport:
        transport.exchange("token", "GET", "/user", {})
    assert server.lines == ["GET /api/v3/user HTTP/1.1 Bearer token"]


def test_a_proxy_that_opens_no_tunnel_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_port}")
    with transport_to("https://github.invalid") as transport, pytest.raises(TransientError, match="the proxy does not"):
        transport.exchange("token", "GET", "/user", {})
    assert [line.rpartition(" ")[0] for line in server.lines] == ["CONNECT github.invalid:443"]


def test_the_certificates_of_the_environment_count(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """GitHub Enterprise Server often has a certificate of the company's own authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"https://127.0.0.1:{server.server_port}"
    with transport_to(address) as transport, pytest.raises(TransientError, match="a certificate that is not trusted"):
        transport.exchange("token", "GET", "/user", {})
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    with transport_to(address) as transport:
        assert transport.exchange("token", "GET", "/user", {}).status == 200


def _certificate(folder: Path) -> Path:
    """Write a self-signed certificate for 127.0.0.1 and its key into one file."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    path = folder / "certificate.pem"
    path.write_bytes(pem)
    return path
