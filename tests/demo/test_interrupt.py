"""Stopping the demo leaves the machine as it was before."""

from __future__ import annotations

import os
import re
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
        ((), "on a simulated GitHub"),
        ((), "environment: staging"),
        (("--web",), "Ctrl-C here ends it."),
    ],
)
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, arguments: tuple[str, ...], seen: str) -> None:
    """It ends with one line and leaves no process or file behind. With the pages, the story is shown to its end."""
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "tests.demo", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout
        shown = []
        for line in demo.stdout:
            shown.append(line)
            if seen in line:
                break
        assert seen in shown[-1], "".join(shown)
        links = re.findall(r"^  (http\S+)$", "".join(shown).partition("The pages: log in")[2], re.MULTILINE)
        assert len(links) == (5 if arguments else 0)
        for url in links:
            answer = httpx.get(url, headers={"Accept": "text/html"}, follow_redirects=True, timeout=PATIENCE)
            assert any(words in answer.text for words in ("Log in with", "Authorize Hotfix"))
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        rest, _ = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == (0 if arguments else 130)
    assert rest.endswith("\nStopped; nothing is left running.\n")
    assert "Traceback" not in rest
    assert list(tmp_path.rglob("*")) == []
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line for line in lines if str(tmp_path) in line] == []
