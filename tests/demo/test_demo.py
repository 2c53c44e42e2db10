"""The demo completes and fits a terminal."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.demo.test_interrupt import ROOT
from tests.demo.try_it import verdicts
from tests.github import Acme
from tests.waiting import PATIENCE


def test_the_trial_prints_the_verdicts_of_every_pull_request(acme: Acme) -> None:
    """A hotfix of the user's own is as interesting as the one that was prepared."""
    prepared = acme.hotfix()
    acme.shop.set_check(prepared.head_sha, "hotfix", "failure")
    acme.shop.branch("hotfix/own", at="v1.2.3")
    sha = acme.shop.commit("hotfix/own", {"src/own.py": "x = 1\n"}, message="own", author=acme.dev)
    own = acme.dev.open_pull(acme.shop, head="hotfix/own", base="main", title="own")
    acme.shop.set_check(sha, "hotfix", "success")
    printed = verdicts(prepared, after=prepared.check("hotfix") or {}, going_on=lambda: True)
    assert next(printed)[0].number == own.number
    acme.shop.set_check(prepared.head_sha, "hotfix", "success", title="passes")
    assert next(printed)[0].number == prepared.number


def test_the_demo_fits_in_150_lines() -> None:
    command = [sys.executable, "-m", "tests.demo"]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # pytest's workers set it
    demo = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=10 * PATIENCE)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    lines = demo.stdout.splitlines()
    assert len(lines) <= 150
    assert [line for line in lines[:-1] if len(line) > 100] == []
    in_order = [
        "stage declared",
        "rules fail",
        "All 13 rules pass",
        "staging",
        "10 %",
        "Rolling",
        "Post-mortem (#",
        "one reminder",
        "stage closed",
    ]
    found = [next(n for n, line in enumerate(lines) if words in line) for words in in_order]
    assert found == sorted(found)
