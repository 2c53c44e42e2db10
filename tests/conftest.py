"""Fixtures for every test: a simulated GitHub, and a ready shop on it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_tests

from tests.github import GitHub
from tests.github.acme import Acme

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30
"""Bytes that a folder in memory must have free to hold the tests' files."""


def in_memory() -> bool:
    """Whether the machine has a file system in memory that is large enough, and that lets programs run."""
    if sys.platform != "linux" or "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return False
    found = os.statvfs(MEMORY)
    return found.f_bavail * found.f_frsize >= NEEDED and not found.f_flag & os.ST_NOEXEC


if in_memory():
    # Thousands of repositories and databases are made and deleted: on a disk, that takes a third of the tests' time.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C in what it runs in the background, and what a test interrupts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What is imported and collected stays until the end. The collector of garbage would look through it again and again,
# also at the end of the session.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


# On a busy machine an example can take long, and so can making one up. A run that must be complete tries the same
# examples each time: new ones are for whoever works on the code.
property_tests.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("HOTFIX_TEST_ALL")),
)  # fmt: skip
property_tests.load_profile("any machine")


MOSTLY_WAITING = "tests/chaos/"
"""Tests that take long and little CPU: back-offs, and that nothing more happens."""
LONGEST_FIRST = (
    MOSTLY_WAITING, "tests/scenarios/", "tests/action/job/test_act.py", "tests/demo/", "tests/e2e/",
    "tests/action/job/", "tests/action/rollback/", "tests/service/test_", "tests/service/life/", "tests/action/",
    "tests/service/", "tests/cli/", "tests/deploy/",
)  # fmt: skip
"""Folders and files whose tests take seconds each, the longest first; what is left takes milliseconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests: otherwise one worker is still busy with them when the others have no more.

    Two that keep a core busy come after each that mostly waits: all at once, the latter would leave the cores idle.
    """

    def rank(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=rank)
    waiting = [item for item in items if item.nodeid.startswith(MOSTLY_WAITING)]
    busy = items[len(waiting) :]
    ahead = [each for at, one in enumerate(waiting) for each in (one, *busy[2 * at : 2 * at + 2])]
    items[:] = [*ahead, *busy[2 * len(waiting) :]]


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A fresh simulated GitHub; the test fails if an exchange broke what GitHub publishes about its API."""
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
