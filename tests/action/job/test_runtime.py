"""The private Python: built from the hashed lock file, with or without uv, and isolated from the user's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.action.conftest import Shop
from tests.action.runner import ROOT


def prepare(temp: Path, action: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    temp.mkdir(exist_ok=True)
    inputs = {"GITHUB_ACTION_PATH": str(action), "RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": str(temp / "output")}
    return subprocess.run(
        ["bash", str(action / "action/runtime.sh")],
        env={**os.environ, **inputs, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def path_without_uv(folder: Path) -> str:
    """Return a PATH with only the programs that the script needs, without uv."""
    folder.mkdir()
    for name in ("bash", "cut", "awk", "sha256sum", "rm", "dirname", "env"):
        (folder / name).symlink_to(shutil.which(name) or "/missing")
    (folder / "python3").symlink_to(sys.base_prefix + "/bin/python3")
    return str(folder)


def test_without_uv_pip_installs_the_same_lock_once(tmp_path: Path) -> None:
    bare = path_without_uv(tmp_path / "bin")
    made = prepare(tmp_path / "temp", PATH=bare)
    assert made.returncode == 0, made.stdout + made.stderr
    python = (tmp_path / "temp/output").read_text().strip().removeprefix("python=")
    imports = "import github, pydantic, httpx, re2, semver; import sys; print(sys.prefix)"
    shown = subprocess.run([python, "-I", "-c", imports], capture_output=True, text=True, check=True)
    assert shown.stdout.strip().startswith(str(tmp_path / "temp/hotfix-runtime-"))
    shutil.rmtree(tmp_path / "bin")
    again = prepare(tmp_path / "temp", PATH=path_without_uv(tmp_path / "bin"), PIP_INDEX_URL="http://127.0.0.1:9/")
    assert (again.returncode, again.stderr) == (0, "")


def test_a_package_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    action = tmp_path / "action-repo"
    shutil.copytree(ROOT / "action", action / "action", ignore=shutil.ignore_patterns("__pycache__"))
    lock = action / "action/requirements.txt"
    name = next(line for line in lock.read_text().splitlines() if line.startswith("semver=="))
    lock.write_text(f"{name}\n    --hash=sha256:{'0' * 64}\n")
    refused = prepare(tmp_path / "temp", action, PATH=path_without_uv(tmp_path / "bin"))
    assert refused.returncode == 3
    assert "::error title=hotfix::The Action's own Python could not be prepared" in refused.stdout
    assert not (tmp_path / "temp/output").exists()


def test_without_python_and_uv_it_says_what_to_add(tmp_path: Path) -> None:
    bare = path_without_uv(tmp_path / "bin")
    (tmp_path / "bin/python3").unlink()
    reported = prepare(tmp_path / "temp", PATH=bare, RUNNER_TOOL_CACHE=str(tmp_path))
    assert reported.returncode == 3
    assert "needs Python 3.11 or newer, or uv, and found neither" in reported.stdout


@pytest.mark.parametrize(
    ("system", "libc", "words"),
    [
        ("Windows", "", "does not run on Windows: use a Linux or macOS runner"),
        (
            "Linux",
            "echo 'musl libc (x86_64)' >&2; exit 1",
            "does not run on musl (Alpine Linux): use an image with glibc",
        ),
        ("Linux", "echo glibc 2.27", "needs glibc 2.28 or newer, and this machine has 2.27: use a newer image"),
    ],
)
def test_an_unfit_machine_is_refused_at_once(tmp_path: Path, system: str, libc: str, words: str) -> None:
    """The error is a single line, before any download: the wheels require glibc 2.28 or macOS."""
    bare = path_without_uv(tmp_path / "bin")
    for name in ("getconf", "ldd"):
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{'exit 1' if name == 'getconf' and 'musl' in libc else libc}\n")
        program.chmod(0o755)
    refused = prepare(tmp_path / "temp", PATH=f"{bare}:/bin", RUNNER_OS=system, PIP_INDEX_URL="http://127.0.0.1:9/")
    assert (refused.returncode, refused.stderr) == (2, "")
    assert refused.stdout.count("\n") == 1
    assert words in refused.stdout


@pytest.mark.parametrize("libc", ["echo glibc 2.28", "echo glibc 2.41", "echo what"])
def test_a_fit_or_unknown_machine_is_not_refused(tmp_path: Path, libc: str) -> None:
    program = tmp_path / "getconf"
    program.write_text(f"#!/bin/sh\n{libc}\n")
    program.chmod(0o755)
    begin, _, _ = (ROOT / "action/runtime.sh").read_text().partition("runtime=")
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RUNNER_OS": "Linux", "GITHUB_ACTION_PATH": str(ROOT)}
    shown = subprocess.run(["bash", "-c", begin], env=environ, capture_output=True, text=True, check=True)
    assert shown.stdout == ""


def test_a_hosted_runners_tool_cache_is_looked_through(tmp_path: Path) -> None:
    script = (ROOT / "action/runtime.sh").read_text()
    found = tmp_path / "Python/3.12.1/x64/bin"
    found.mkdir(parents=True)
    (found / "python3").symlink_to(sys.base_prefix + "/bin/python3")
    bare = path_without_uv(tmp_path / "bin")
    (tmp_path / "bin/python3").unlink()
    begin, _, _ = script.partition("runtime=")
    environ = {"PATH": bare, "RUNNER_TOOL_CACHE": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT)}
    shown = subprocess.run(
        ["bash", "-c", begin + "base_python"], env=environ, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == str(found / "python3")


def test_the_users_python_settings_break_nothing(shop: Shop, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("yaml.py", "github.py", "hotfix.py"):
        (trap / name).write_text("raise SystemExit('the wrong one')\n")
    settings = {"PYTHONPATH": str(trap), "PYTHONHOME": str(trap), "PYTHONSTARTUP": str(trap / "yaml.py")}
    shop.pass_verdict()
    job = shop.job(environ=settings)
    done = job.uses(command="tag", dry_run="true")
    assert (done.outcome, done.outputs["tag"]) == ("success", "v1.2.4-hotfix.1"), done.log
