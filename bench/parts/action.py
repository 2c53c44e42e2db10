"""The Action's startup: from its first step to the first line of our Python, on a fresh runner with empty caches."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.run import Run

ROOT = Path(__file__).resolve().parents[2]
TIMES = 3


def measure(run: Run) -> Iterator[Figure]:
    """Measure the startup. Packages are downloaded each time, except for a later step of the same job."""
    folder = run.folder("action")
    for name, tools, goal in (("with uv on the machine", _uv(folder), 1.0), ("without uv", None, 3.0)):
        first, later = [], []
        for turn in range(TIMES):
            run.say(f"{name}, {turn + 1} of {TIMES}")
            temp = folder / f"{'uv' if tools else 'pip'}-{turn}"
            temp.mkdir()
            first.append(_start(temp, tools))
            later.append(_start(temp, tools))
        yield Figure(
            part="action", name=f"{name}, first step of a job", value=statistics.median(first), unit="s", at_most=goal
        )
        yield Figure(part="action", name=f"{name}, later step", value=statistics.median(later), unit="s")


def _start(temp: Path, tools: Path | None) -> float:
    path = [part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "uv").exists()]
    path = [part for part in path if Path(part).resolve() != Path(sys.executable).parent.resolve()]
    output = temp / "output"
    output.write_text("")
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env |= {
        "PATH": os.pathsep.join([*([str(tools)] if tools else []), *path]),
        "RUNNER_TEMP": str(temp),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_ACTION_PATH": str(ROOT),
        "UV_CACHE_DIR": str(temp / "uv-cache"),
        "PIP_CACHE_DIR": str(temp / "pip-cache"),
    }
    if certificates := os.environ.get("PIP_CERT"):
        env.setdefault("SSL_CERT_FILE", certificates)  # a certificate that pip trusts here is also trusted by uv
    began = time.perf_counter()
    subprocess.run(["bash", str(ROOT / "action/runtime.sh")], env=env, check=True, capture_output=True)
    python = output.read_text().strip().rpartition("python=")[2]
    subprocess.run([python, "-I", "-c", "pass"], env=env, check=True)
    took = time.perf_counter() - began
    made_by_uv = "\nuv = " in (Path(python).parents[1] / "pyvenv.cfg").read_text()
    if made_by_uv is not (tools is not None):
        raise SystemExit(f"the Action's Python was {'' if made_by_uv else 'not '}made by uv: can uv reach its index?")
    return took


def _uv(folder: Path) -> Path:
    """Return a directory that contains uv: the installed one, the one that `make` downloaded, or downloaded now."""
    tools = folder / "tools"
    tools.mkdir()
    found = shutil.which("uv") or next((str(path) for path in [ROOT / ".tools/bin/uv"] if path.exists()), None)
    if found is None:
        base = getattr(sys, "_base_executable", sys.executable)
        subprocess.run(
            [base, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder / "uv"), "uv"],
            check=True, capture_output=True,
        )  # fmt: skip
        found = str(folder / "uv/bin/uv")
    (tools / "uv").symlink_to(found)
    return tools
