"""Fixtures with real git, independent of the machine's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.git.clone import PLAIN_GIT, Clone

SETTINGS = {
    **PLAIN_GIT,
    "GIT_AUTHOR_DATE": "2026-03-01T03:00:00Z",
    "GIT_COMMITTER_DATE": "2026-03-01T03:00:00Z",
}


@pytest.fixture(autouse=True, scope="session")
def _plain_git() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Create a repository with one release, v1.2.3 on main, and check out a hotfix branch cut from it."""
    made = Clone.init(tmp_path / "shop")
    made.commit("Release 1.2.3", {"src/session.py": "def valid():\n    return True\n", "README.md": "Shop\n"})
    made.git("tag", "-a", "v1.2.3", "-m", "Release")
    made.git("checkout", "-q", "-b", "hotfix/expired-sessions")
    return made
