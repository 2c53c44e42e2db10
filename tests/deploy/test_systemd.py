"""The systemd unit is valid and restricts the service as far as possible."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.deploy.conftest import ROOT, needed

UNIT = ROOT / "deploy" / "hotfix.service"


def in_place(folder: Path) -> Path:
    """Return a copy of the unit whose program exists, as systemd-analyze requires."""
    program = folder / "hotfix"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = folder / "hotfix.service"
    unit.write_text(UNIT.read_text().replace("/opt/hotfix/bin/hotfix", str(program)))
    return unit


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    analyze = needed("systemd-analyze", "systemd")
    verified = subprocess.run([analyze, "verify", "--man=no", in_place(tmp_path)], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr.strip()) == (0, "")


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    """systemd's exposure level ranges from 0, not exposed at all, to 9.6, a unit without any protection."""
    analyze = needed("systemd-analyze", "systemd")
    unit = in_place(tmp_path)
    reported = subprocess.run([analyze, "security", "--offline=true", unit], capture_output=True, text=True)
    level = re.search(r"exposure level for hotfix\.service: ([0-9.]+)", reported.stdout)
    assert level, reported.stdout + reported.stderr
    assert float(level[1]) < 2.0
