"""compose.yaml is valid according to the Compose specification's reference parser, and requires a password to start."""

from __future__ import annotations

import subprocess
from typing import Any

import yaml

from tests.deploy.conftest import ROOT, built


def compose(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([built("compose"), *options, "compose.yaml"], cwd=ROOT, capture_output=True, text=True)


def services() -> dict[str, Any]:
    """Return the services as the reference parser reads them, without replacing variables."""
    done = compose("-no-interpolation")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


def test_the_service_starts_after_its_database() -> None:
    found = services()
    assert set(found) == {"hotfix", "postgres"}
    assert found["hotfix"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    url = found["hotfix"]["environment"]["HOTFIX_DATABASE_URL"]
    assert url.startswith("postgresql://hotfix:${POSTGRES_PASSWORD:?")
    assert url.endswith("}@postgres/hotfix")


def test_the_service_is_confined_and_local() -> None:
    """It is reachable only from this machine."""
    hotfix = services()["hotfix"]
    assert hotfix["read_only"] is True
    assert hotfix["cap_drop"] == ["ALL"]
    assert hotfix["ports"][0]["host_ip"] == "127.0.0.1"
    assert "ports" not in services()["postgres"]


def test_a_missing_password_is_named() -> None:
    done = compose()
    assert done.returncode != 0
    assert "POSTGRES_PASSWORD" in done.stderr + done.stdout
