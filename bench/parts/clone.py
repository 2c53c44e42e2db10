"""`hotfix check` on a clone with a long history."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.run import Run
from tests.github.acme import FILES, FIX, GOOD_BODY, GOOD_MESSAGE

COMMITS = 10_000
TAG_AT = 9_990
"""Number of commits up to the production tag; `main` continues after it."""


def measure(run: Run) -> Iterator[Figure]:
    folder = run.folder("clone")
    env = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    run.say(f"git fast-import of {COMMITS:,} commits")
    clone = long_history(folder, env)
    hotfix = str(Path(sys.executable).parent / "hotfix")
    for name, command, goal, expected in (
        ("hotfix check", [hotfix, "check", "--tag", "v1.2.3"], 0.7, {0, 1}),
        ("hotfix --help: Python and imports", [hotfix, "--help"], None, {0}),
        ("git rev-list v1.2.3..HEAD", ["git", "rev-list", "v1.2.3..HEAD"], None, {0}),
    ):
        took = []
        for _ in range(run.pick(15, 1)):
            began = time.perf_counter()
            done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
            took.append(time.perf_counter() - began)
            if done.returncode not in expected:
                raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        yield Figure(
            part="clone", name=f"{name}, median", value=statistics.median(took), unit="s", at_most=goal,
            alongside=goal is None,
        )  # fmt: skip
        if goal is not None:
            yield Figure(part="clone", name=f"{name}, slowest", value=max(took), unit="s")


def long_history(folder: Path, env: dict[str, str]) -> Path:
    """Create 10,000 commits over 500 files on `main`, the tag near the end; check out a hotfix branch from the tag."""
    clone = folder / "repo"
    subprocess.run(["git", "init", "-q", "-b", "main", str(clone)], env=env, check=True)
    subprocess.run(["git", "-C", str(clone), "fast-import", "--quiet"], input=_history(), env=env, check=True)

    def git(*args: str) -> None:
        subprocess.run(["git", "-C", str(clone), "-c", "user.name=Dev", "-c", "user.email=dev@example.com", *args],
                       env=env, check=True, capture_output=True)  # fmt: skip

    git("checkout", "-q", "-b", "hotfix/cart", "v1.2.3")
    for path, text in {**FIX, "specs/hotfix-cart.md": GOOD_BODY}.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", GOOD_MESSAGE)
    return clone


def _history() -> bytes:
    out: list[str] = []
    for number in range(COMMITS):
        message = f"Change {number}\n"
        out.append(
            f"commit refs/heads/main\nmark :{number + 1}\ncommitter Dev <dev@example.com> {1.6e9 + number:.0f} +0000"
        )
        out.append(f"data {len(message)}\n{message}")
        changed = FILES if number == 0 else {f"src/part_{number % 25}/module_{number % 500}.py": f"N = {number}\n"}
        for path, text in changed.items():
            out.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}")
        if number == TAG_AT:
            out.append(f"reset refs/tags/v1.2.3\nfrom :{number + 1}\n")
    return ("\n".join(out) + "\n").encode()
