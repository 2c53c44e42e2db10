"""Fixtures for all tests: a simulated GitHub and a repository on it that is ready for a hotfix."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_tests

from tests import forked
from tests.github import GitHub
from tests.github.acme import Acme

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30
"""Free bytes that an in-memory folder must have to hold the tests' files."""


def in_memory() -> bool:
    """Return whether the machine has an in-memory file system that is large enough and can run programs."""
    if sys.platform != "linux" or "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return False
    found = os.statvfs(MEMORY)
    return found.f_bavail * found.f_frsize >= NEEDED and not found.f_flag & os.ST_NOEXEC


if in_memory():
    # Thousands of repositories and databases are created and deleted: on a disk, that takes a third of the test time.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores SIGINT in background jobs, and the processes that a test interrupts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Imported modules and collected tests live until the end. The garbage collector would traverse them repeatedly,
# also at the end of the session.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # the default traverses new objects a hundred times as often
    gc.enable()


_templates: list[str] = []
"""The folder of the templates that the workers share."""


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    if not _templates:
        _templates.append(tempfile.mkdtemp(prefix="hotfix-templates-"))
    node.workerinput["templates"] = _templates[0]


def pytest_configure(config: pytest.Config) -> None:
    if worker := getattr(config, "workerinput", None):
        forked.share(Path(worker["templates"]))


def pytest_unconfigure() -> None:
    for folder in _templates:
        shutil.rmtree(folder, ignore_errors=True)


# On a busy machine, an example can take long to run or to generate. A complete run uses the same examples each time;
# new ones are only generated during development.
property_tests.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("HOTFIX_TEST_ALL")),
)  # fmt: skip
property_tests.load_profile("any machine")


SECONDS = {
    "tests/e2e/": 2.5, "tests/demo/": 15.0, "tests/scenarios/": 10.0, "tests/chaos/": 5.0,
    "tests/action/job/test_act.py": 4.0, "tests/cli/test_submit.py": 3.0, "tests/deploy/": 1.0,
    "tests/action/rollback/": 1.0, "tests/service/": 0.5, "tests/cli/": 0.4, "tests/action/": 0.3,
    "tests/contract/": 0.2, "tests/git/": 0.2, "tests/sim/": 0.1, "": 0.02,
}  # fmt: skip
"""How long a test takes about, by the beginning of its ID, in the order in which they run."""
MOSTLY_WAITING = (
    "tests/e2e/", "tests/demo/", "tests/scenarios/", "tests/chaos/", "tests/cli/test_submit.py",
    "tests/action/rollback/",
)  # fmt: skip
"""Tests that use little CPU for their length: they wait for a browser, for retries, or for processes to end."""
SPREAD = 0.8
"""The part of the run over which these are spread. The rest has only short tests, so that all workers end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long tests first: otherwise one worker is still busy with them when the others have finished.

    Tests that mostly wait are spread among those that compute: alone, either kind leaves cores or workers idle.
    """

    def start(item: pytest.Item) -> str:
        return next(start for start in SECONDS if item.nodeid.startswith(start))

    ranks = {start: rank for rank, start in enumerate(SECONDS)}
    items.sort(key=lambda item: ranks[start(item)])
    waiting = [item for item in items if item.nodeid.startswith(MOSTLY_WAITING)]
    busy = [item for item in items if not item.nodeid.startswith(MOSTLY_WAITING)]

    def positions(group: list[pytest.Item], part: float) -> dict[pytest.Item, float]:
        """Return when each test begins, as a share of the time that the group takes."""
        begins = [0.0, *accumulate(SECONDS[start(item)] for item in group)]
        return {item: part * at / begins[-1] for item, at in zip(group, begins, strict=False)}

    begins = positions(waiting, SPREAD) | positions(busy, 1.0)
    items.sort(key=begins.__getitem__)


@pytest.fixture
def github() -> Iterator[GitHub]:
    """Provide a fresh simulated GitHub; fail the test if an exchange violated GitHub's published API description."""
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
    """Fail a complete run (`.ci/run` sets HOTFIX_TEST_ALL) if a required program is missing."""
    if _skipped and os.environ.get("HOTFIX_TEST_ALL") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
