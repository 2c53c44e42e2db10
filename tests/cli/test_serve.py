"""`hotfix serve`: the address it listens on, and the errors that prevent its start."""

from __future__ import annotations

import importlib.util
import re
import signal
import socket
import subprocess
import urllib.request
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hotfix.cli.console.exit_status import CommandError
from hotfix.cli.serve import run_service
from tests.cli.conftest import HOTFIX, Clone


@pytest.fixture
def ready(tmp_path: Path, environment: dict[str, str]) -> Clone:
    """Return a directory and the settings that the service needs; its GitHub is unreachable."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    settings = {
        "HOTFIX_APP_ID": "1",
        "HOTFIX_PRIVATE_KEY": pem,
        "HOTFIX_WEBHOOK_SECRET": "a long enough secret",
        "HOTFIX_GITHUB_API_URL": "http://127.0.0.1:1",
    }
    return Clone(tmp_path, {**environment, **settings})


def test_it_says_where_it_listens_and_stops_on_a_signal(ready: Clone) -> None:
    running = subprocess.Popen(
        [HOTFIX, "serve", "--port", "0"], cwd=ready.path, env=ready.environment, stderr=subprocess.PIPE, text=True
    )
    with running:
        assert running.stderr
        said = next(line for line in running.stderr if "listening on" in line)
        url = re.search(r"http://127\.0\.0\.1:[1-9]\d*", said)
        assert url
        with urllib.request.urlopen(f"{url[0]}/healthz") as answer:
            assert answer.status == 200
        running.send_signal(signal.SIGTERM)
        rest = running.stderr.read()
    assert "Traceback" not in rest


def test_the_set_up_prints_its_link_and_nothing_else(tmp_path: Path, environment: dict[str, str]) -> None:
    """The link is the one line that a person needs."""
    running = subprocess.Popen(
        [HOTFIX, "serve", "--port", "0"], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with running:
        assert running.stderr
        assert running.stdout
        before = [running.stderr.readline() for _ in range(3)]
        running.send_signal(signal.SIGTERM)
        assert running.stdout.read() == ""
        running.stderr.read()
    assert before[0].startswith("hotfix: listening on ")
    assert "open this link" in before[1]
    assert before[2].startswith("  http")


def test_an_address_in_use_is_one_sentence(ready: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert (
            ready.hotfix("serve", "--port", str(port))
            .sentence()
            .startswith(f"cannot listen on 127.0.0.1 port {port}: ")
        )
    assert "cannot listen on no.such.host.invalid" in ready.hotfix("serve", "--host", "no.such.host.invalid").sentence()


def test_without_the_service_s_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without_sqlalchemy(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "sqlalchemy" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_sqlalchemy)
    with pytest.raises(
        CommandError, match=r"\(sqlalchemy\) are not installed: run `pip install \"hotfix-workflow\[service\]"
    ):
        run_service("127.0.0.1", 0)
