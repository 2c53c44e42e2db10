"""A clone that tests use as a developer would."""

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
PLAIN_GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Dev",
    "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_COMMITTER_NAME": "Dev",
    "GIT_COMMITTER_EMAIL": "dev@example.com",
    "GIT_EDITOR": "true",
}
"""An environment with an author for git's commits and without the machine's own configuration."""


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
        """Write files (None removes one), commit them all, and return the SHA."""
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
        return branch.check(self.facts(**options), branch.BranchOptions())

    def paste(self, commands: Sequence[str]) -> None:
        """Run the lines of a finding, as if they were pasted into a shell."""
        for command in commands:
            done = subprocess.run(command, cwd=self.path, shell=True, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def subjects(self, revisions: str) -> list[str]:
        return self.git("log", "--reverse", "--topo-order", "--format=%s", revisions).splitlines()
