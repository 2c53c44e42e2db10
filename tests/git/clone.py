"""A clone to do things in, as a developer would."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotfix import git
from hotfix.facts import Facts
from hotfix.finding import Finding
from hotfix.policy import Policy
from hotfix.rules import branch

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Clone:
    path: Path

    @classmethod
    def init(cls, path: Path) -> Clone:
        path.mkdir(parents=True, exist_ok=True)
        clone = cls(path)
        clone.git("init", "-q", "-b", "main")
        return clone

    def git(self, *arguments: str, stdin: bytes | None = None) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.path, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, f"git {arguments}: {done.stderr.decode()}"
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str, files: Mapping[str, str | bytes | None]) -> str:
        """Write files (None removes one) and commit them all; the SHA."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def facts(self, **options: Any) -> Facts:
        return git.read(self.path, **{"policy": Policy(), "now": NOW, **options})

    def branch_finding(self, **options: Any) -> Finding:
        return branch.check(self.facts(**options), branch.Options())

    def paste(self, commands: Sequence[str]) -> None:
        """Run the lines of a finding, as someone who pastes them into a shell."""
        for command in commands:
            done = subprocess.run(command, cwd=self.path, shell=True, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def subjects(self, revisions: str) -> list[str]:
        return self.git("log", "--reverse", "--topo-order", "--format=%s", revisions).splitlines()
