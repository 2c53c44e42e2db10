"""Fixtures for every test: a simulated GitHub, and a ready shop on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github import GitHub
from tests.github.acme import Acme


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A fresh one; the test fails where an exchange broke what GitHub publishes about its API."""
    with GitHub() as running:
        yield running
        running.check()


@pytest.fixture
def acme(github: GitHub) -> Acme:
    return Acme(github)
