"""The image without Docker: the Dockerfile's build steps run in a folder, and the installed command starts there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pathspec
import pytest

from tests.deploy.conftest import ROOT


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile: `RUN`, `COPY` ... and its arguments."""

    name: str
    text: str


def stages() -> list[list[Step]]:
    """Return the instructions of each stage, with continued lines joined and without comments."""
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text())).splitlines()
    steps = [Step(*line.split(None, 1)) for line in lines if line.strip()]
    found: list[list[Step]] = []
    for step in steps:
        if step.name == "FROM":
            found.append([])
        if found:
            found[-1].append(step)
    return found


def test_the_image_runs_as_a_user_without_rights() -> None:
    last = {step.name: step.text for step in stages()[-1]}
    assert last["USER"] == "10001:10001"
    assert last["ENTRYPOINT"] == '["hotfix"]'
    assert "HEALTHCHECK" in last


def test_the_images_context_holds_what_is_copied_and_little_else() -> None:
    ignore = pathspec.PathSpec.from_lines("gitignore", (ROOT / ".dockerignore").read_text().splitlines())
    sources = [
        source
        for stage in stages()
        for step in stage
        if step.name == "COPY" and not step.text.startswith("--from")
        for source in step.text.split()[:-1]
    ]
    assert sources
    for source in sources:
        inside = next((p for p in (ROOT / source).rglob("*.py")), ROOT / source) if (ROOT / source).is_dir() else None
        assert not ignore.match_file(str((inside or ROOT / source).relative_to(ROOT))), source
    for private in (".env", ".git/config", "tests/conftest.py", "hotfix.db", "app.pem"):
        assert ignore.match_file(private), private


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("HOTFIX_TEST_ALL"), reason="installs the service again: set HOTFIX_TEST_ALL=1")
def test_the_build_steps_make_a_command_that_runs(tmp_path: Path) -> None:
    """A temporary folder replaces /src and /opt/hotfix; everything else is as in the Dockerfile."""
    src, opt = tmp_path / "src", tmp_path / "opt"
    src.mkdir()
    environ = {
        name: os.environ[name] for name in ("PATH", "HOME", "PIP_INDEX_URL", "SSL_CERT_FILE") if name in os.environ
    }
    # Only few of the modules are imported here, and compiling all of them takes a quarter of the time.
    environ |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_COMPILE": "1"}
    for step in stages()[0]:
        if step.name == "RUN":
            command = step.text.replace("/opt/hotfix", str(opt)).replace("python -m venv", "python3 -m venv")
            subprocess.run(["sh", "-ec", command], cwd=src, env=environ, check=True, capture_output=True, timeout=300)
        elif step.name == "COPY":
            *sources, target = step.text.split()
            for source in sources:
                where = src / (target if target != "./" else source)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    where.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / source, where)
    hotfix = opt / "bin" / "hotfix"
    assert subprocess.run([hotfix, "--version"], capture_output=True, text=True, check=True).stdout.startswith(
        "hotfix "
    )
    # The service's packages are installed, as the start fails because of the invalid setting, not a missing package.
    wrong = subprocess.run(
        [hotfix, "serve", "--port", "0"],
        env={**environ, "HOTFIX_APP_ID": "x", "HOTFIX_PRIVATE_KEY": "x", "HOTFIX_WEBHOOK_SECRET": "x"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert wrong.returncode == 2
    assert "HOTFIX_APP_ID" in wrong.stderr
    assert "not installed" not in wrong.stderr
