"""The gates against a real Prometheus, if it is installed (Debian package `prometheus`)."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from action.gates.measurement_loop import measure
from hotfix.gates.gate import PrometheusGate
from hotfix.gates.tally import MeasurementKind
from tests.action.webapp import App
from tests.waiting import PATIENCE, eventually

CONFIG = """\
global: {scrape_interval: 500ms}
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ["%s"]}]
"""


@pytest.fixture
def prometheus(app: App, tmp_path: Path) -> Iterator[str]:
    if shutil.which("prometheus") is None:
        pytest.skip("no prometheus on this machine")
    config = tmp_path / "prometheus.yml"
    httpx.get(f"{app.prometheus}/api/v1/query", params={"query": "traffic"}, timeout=60)
    config.write_text(CONFIG % app.url.removeprefix("http://"))
    process, address = begun(config, tmp_path / "data")

    def scraped() -> bool:
        try:
            found = httpx.get(
                f"{address}/api/v1/query", params={"query": "http_requests_total"}, timeout=PATIENCE
            ).json()
        except (httpx.TransportError, ValueError):
            return False
        return bool(found["data"]["result"])

    eventually(scraped, "Prometheus to have read the counters")
    yield address
    process.kill()
    process.wait()


def begun(config: Path, data: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start Prometheus and return its address; if another process takes the free port first, try another."""
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={data}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def ready_or_ended(process: subprocess.Popen[bytes] = process, port: int = port) -> bool:
            with suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/-/ready", timeout=PATIENCE).status_code == 200:
                    return True
            return process.poll() is not None

        eventually(ready_or_ended, "Prometheus to be ready")
        if process.poll() is None:
            return process, f"http://127.0.0.1:{port}"


def test_a_real_prometheus_is_read_as_the_gates_expect(prometheus: str) -> None:
    def kind(query: str, maximum: float = 0.001) -> MeasurementKind:
        return measure(PrometheusGate(prometheus=prometheus, query=query, max=maximum), {}).kind

    errors = 'sum(http_requests_total{code="500"}) / sum(http_requests_total)'
    assert kind(errors) is MeasurementKind.PASSED
    assert kind("sum(http_requests_total)", 1) is MeasurementKind.FAILED
    assert kind("scalar(sum(http_requests_total))", 1e9) is MeasurementKind.PASSED
    assert kind("no_such_metric") is MeasurementKind.NO_DATA
    assert kind("sum(http_requests_total) * NaN") is MeasurementKind.NO_DATA
    several = measure(PrometheusGate(prometheus=prometheus, query="http_requests_total", max=1), {})
    assert "2 samples where one is expected" in several.wrong_use
    ranged = measure(PrometheusGate(prometheus=prometheus, query="http_requests_total[1m]", max=1), {})
    assert "returns a matrix" in ranged.wrong_use
    broken = measure(PrometheusGate(prometheus=prometheus, query="sum(", max=1), {})
    assert "Prometheus rejects the query" in broken.wrong_use
