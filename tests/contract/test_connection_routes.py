"""How connections to GitHub are made: through proxies, and to servers with trusted certificates only."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """A server that answers `{}`, and a proxy that opens tunnels to `target`. It records requests."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.opened = 0
        self.credentials: list[str | None] = []
        self.target: Server | None = None
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_port}"

    def encrypt(self, certificate: Path) -> None:
        """Accept only TLS connections from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: object) -> None:
        """Show no traceback for a handshake that the client ended."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.opened += 1

    def do_GET(self) -> None:
        self.server.lines.append(f"{self.requestline} {self.headers['Authorization']}")
        self.server.credentials.append(self.headers["Proxy-Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_CONNECT(self) -> None:
        self.server.lines.append(f"{self.requestline} {self.headers['Authorization']}")
        self.server.credentials.append(self.headers["Proxy-Authorization"])
        self.close_connection = True
        if self.server.target is None:
            self.send_error(502)
            return
        with socket.create_connection(("127.0.0.1", self.server.target.server_port)) as onwards:
            self.send_response(200)
            self.end_headers()
            _splice(self.connection, onwards)

    def log_message(self, *_: object) -> None:
        pass


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Copy data in both directions until one side ends."""
    while True:
        pending = isinstance(one, ssl.SSLSocket) and one.pending()
        for source in [one] if pending else select.select([one, other], [], [])[0]:
            data = source.recv(1 << 16)
            if not data:
                return
            (other if source is one else one).sendall(data)


@contextmanager
def transport_to(url: str) -> Iterator[Transport]:
    transport = Transport(url)
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with running() as server:
        yield server


@pytest.fixture
def proxy() -> Iterator[Server]:
    with running() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + signed.public_bytes(serialization.Encoding.PEM)
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(pem)
    return path


def test_requests_go_through_the_proxy_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain HTTP proxy receives the full URL and the token."""
    monkeypatch.setenv("http_proxy", f"http://user:pass@{server.host}")
    with transport_to("http://github.invalid/api/v3") as transport:
        assert transport.exchange("token", "GET", "/user", {}, {"a": "b"}).status == 200
    assert server.lines == ["GET http://github.invalid/api/v3/user?a=b HTTP/1.1 Bearer token"]
    assert server.credentials == ["Basic " + base64.b64encode(b"user:pass").decode()]


def test_a_host_named_in_no_proxy_is_reached_directly(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:pass@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with transport_to(f"http://{server.host}/api/v3") as transport:
        transport.exchange("token", "GET", "/user", {})
    assert server.lines == ["GET /api/v3/user HTTP/1.1 Bearer token"]
    assert server.credentials == [None]


def test_a_proxy_that_opens_no_tunnel_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://{server.host}")
    with transport_to("https://github.invalid") as transport, pytest.raises(TransientError, match="the proxy does not"):
        transport.exchange("token", "GET", "/user", {})
    assert server.lines == ["CONNECT github.invalid:443 HTTP/1.0 None"]


@pytest.mark.parametrize("address", ["http://", "http://proxy:x", "ftp://proxy", "http://proxy:99999999"])
def test_a_proxy_that_cannot_be_one_is_named(server: Server, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", address)
    with transport_to(f"http://{server.host}") as transport, pytest.raises(TransientError, match="names a proxy that"):
        transport.exchange("token", "GET", "/user", {})


def test_an_encrypted_proxy_forwards_without_a_tunnel(
    server: Server, proxy: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for the full URL, as by requests. A tunnel would end at the proxy itself."""
    proxy.encrypt(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("http_proxy", f"https://user:pass@{proxy.host}")
    with transport_to(f"http://{server.host}") as transport:
        assert transport.exchange("token", "GET", "/user", {}).status == 200
    assert proxy.lines == [f"GET http://{server.host}/user HTTP/1.1 Bearer token"]
    assert proxy.credentials == ["Basic dXNlcjpwYXNz"]
    assert server.opened == 0


def test_a_proxy_that_is_not_there_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with transport_to("https://github.invalid") as transport, pytest.raises(TransientError, match="the proxy does not"):
        transport.exchange("token", "GET", "/user", {})


@pytest.mark.parametrize("encrypted", [False, True], ids=["http proxy", "https proxy"])
def test_a_tunnel_hides_the_token_from_the_proxy(
    server: Server, proxy: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    server.encrypt(certificate)
    proxy.target = server
    if encrypted:
        proxy.encrypt(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("https_proxy", f"http{'s' if encrypted else ''}://user:pass@{proxy.host}")
    with transport_to(f"https://{server.host}") as transport:
        for _ in range(2):
            assert transport.exchange("token", "GET", "/user", {}).status == 200
    assert proxy.lines == [f"CONNECT {server.host} HTTP/1.0 None"]
    assert proxy.credentials == ["Basic " + base64.b64encode(b"user:pass").decode()]
    assert server.lines == ["GET /user HTTP/1.1 Bearer token"] * 2
    assert server.credentials == [None] * 2


def test_a_proxy_with_an_untrusted_certificate_is_not_used(
    server: Server, proxy: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials of the proxy, and the name of the host, would be sent to it."""
    proxy.target = server
    proxy.encrypt(certificate)
    monkeypatch.setenv("https_proxy", f"https://user:pass@{proxy.host}")
    with transport_to(f"https://{server.host}") as transport, pytest.raises(TransientError, match="the proxy does not"):
        transport.exchange("token", "GET", "/user", {})
    assert proxy.lines == []


def test_the_certificates_of_the_environment_count(
    server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub Enterprise Server often has a certificate of the company's own authority."""
    server.encrypt(certificate)
    address = f"https://{server.host}"
    with transport_to(address) as transport, pytest.raises(TransientError, match="a certificate that is not trusted"):
        transport.exchange("token", "GET", "/user", {})
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with transport_to(address) as transport:
        assert transport.exchange("token", "GET", "/user", {}).status == 200


def test_a_certificate_for_another_host_is_not_trusted(
    server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.encrypt(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    address = f"https://localhost:{server.server_port}"
    with transport_to(address) as transport, pytest.raises(TransientError, match="a certificate that is not trusted"):
        transport.exchange("token", "GET", "/user", {})
    assert server.lines == []


def test_certificates_that_are_not_there_trust_nobody(
    server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.encrypt(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none.pem")
    with transport_to(f"https://{server.host}") as transport, pytest.raises(TransientError, match=r"from /none\.pem"):
        transport.exchange("token", "GET", "/user", {})
    assert server.opened == 0


def test_connections_share_the_certificates(
    server: Server, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading the usual ones takes 20 ms of CPU, more than everything else in a verdict."""
    server.encrypt(certificate)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(certificate.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    with transport_to(f"https://{server.host}") as transport:
        transport.exchange("token", "GET", "/user", {})
        trusted.unlink()
        with suppress(IndexError):
            while True:
                transport._idle.pop().requester.close()
        transport.exchange("token", "GET", "/user", {})
    assert server.opened == 2
