"""Fixtures that run the real `hotfix` command in real clones, independent of the machine's configuration."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.git.clone import PLAIN_GIT

HOTFIX = Path(sys.executable).with_name("hotfix")


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def sentence(self) -> str:
        """Return the one-sentence error of a command that could not continue."""
        assert self.status == 2, self
        assert self.out == ""
        assert self.err.startswith("hotfix: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith((".\n", ".`\n"))
        return self.err.removeprefix("hotfix: ").rstrip("\n")


@dataclass(frozen=True)
class Clone:
    path: Path
    environment: Mapping[str, str]
    remote: Path = field(default=Path())

    def run(self, *command: str, status: int | None = 0, stdin: str = "") -> Ended:
        done = subprocess.run(
            command, cwd=self.path, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert status is None or done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
        return Ended(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments).out.strip()

    def hotfix(self, *arguments: str, stdin: str = "") -> Ended:
        """Run the command, or the installed script if the interpreter's start is relevant."""
        if "PYTHONUTF8" not in self.environment:
            done = forked.run(arguments, self.path, self.environment, stdin)
            ended = Ended(done.returncode, done.stdout, done.stderr)
        else:
            ended = self.run(str(HOTFIX), *arguments, status=None, stdin=stdin)
        assert "Traceback" not in ended.out + ended.err
        return ended

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, message: str, files: Mapping[str, str]) -> str:
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the command and git."""
    home = tmp_path_factory.mktemp("home")
    return {
        "PATH": f"{HOTFIX.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        **PLAIN_GIT,
    }


@pytest.fixture(scope="session")
def _released(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    made = Clone(tmp_path_factory.mktemp("released"), environment)
    made.git("init", "-q", "-b", "main")
    files = {"src/session.py": "def valid():\n    return True\n", "tests/test_session.py": "pass\n"}
    made.commit("Release 1.2.3", files)
    made.git("tag", "-a", "v1.2.3", "-m", "Release")
    made.commit("Continue", {"src/other.py": "x = 1\n"})
    return made.path


@pytest.fixture
def upstream(tmp_path: Path, environment: dict[str, str], _released: Path) -> Clone:
    """Create the shared repository: v1.2.3 was released, and main has newer commits."""
    shutil.copytree(_released, tmp_path / "upstream")
    return Clone(tmp_path / "upstream", environment)


@pytest.fixture
def clone(tmp_path: Path, upstream: Clone) -> Clone:
    """Return a developer's clone of it, on main."""
    upstream.git("clone", "-q", str(upstream.path), str(tmp_path / "clone"))
    return Clone(tmp_path / "clone", upstream.environment, upstream.path)
