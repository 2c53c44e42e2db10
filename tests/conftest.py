"""Fixtures for every test: a simulated GitHub, and a ready shop on it."""

from __future__ import annotations

import os
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


_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that must be complete if a program it needs is missing: `.ci/run` sets HOTFIX_TEST_ALL."""
    if _skipped and os.environ.get("HOTFIX_TEST_ALL") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
