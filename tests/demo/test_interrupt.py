"""Whoever stops the demo gets their machine back as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ((), "nothing leaves this machine"),
        ((), "She opens"),
        ((), "environment: staging"),
        (("--web",), "The pages fill"),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, arguments: tuple[str, ...], seen: str) -> None:
    """It ends in a line, without a process or a file that is left."""
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "tests.demo", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert demo.stdout
    for line in demo.stdout:
        if seen in line:
            if arguments:
                url = line.split()[-1]
                assert "Log in with" in httpx.get(url, headers={"Accept": "text/html"}, timeout=PATIENCE).text
            break
    os.killpg(demo.pid, signal.SIGINT)
    rest, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 130
    assert rest.endswith("\nStopped; nothing is left running.\n")
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line for line in lines if str(tmp_path) in line] == []
