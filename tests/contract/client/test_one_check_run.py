"""There is one check run per head, whichever calls fail and whichever answers are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hotfix.github.transport.errors import TransientError
from hotfix.github.write.checks.check_run_writes import LastAttempt
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service

WRITES = "/repos/*/check-runs*"
KINDS: dict[str, dict[str, Any]] = {
    "refused": {"status": 502},
    "never arrived": {"cut": "before"},
    "half an answer": {"cut": "middle"},
    "lost answer": {"cut": "after"},
}
MOST_CALLS = 30
"""More calls than one evaluation makes."""


def until_written(service: Service, pull: Any, *, before: Callable[[int], object] = lambda attempt: None) -> int:
    """Evaluate as the queue does, with retries after failures; return the number of failed attempts."""
    after, reason = LastAttempt.NONE, ""
    for attempt in range(100):
        before(attempt)
        try:
            service.evaluate(pull, after=after)
        except TransientError as error:
            after, reason = LastAttempt.FAILED, str(error)
        else:
            return attempt
    raise AssertionError(f"a hundred attempts failed, the last because: {reason}")


def assert_one(service: Service, pull: Any, expected: str) -> None:
    service.github.faults.clear()
    assert service.evaluate(pull).verdict.conclusion is Conclusion(expected)
    assert len(pull.checks("hotfix")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_any_one_call_may_fail(service: Service, acme: Any, kind: str) -> None:
    """Each evaluation of a new head has one failing call: number 0, then 1, 2 ... until there is no such call."""
    pull = acme.hotfix()
    service.evaluate(pull)
    for number in range(MOST_CALLS):
        acme.shop.commit("hotfix/cart", {"src/cart.py": f"x = {number}\n"}, message="no format", author=acme.dev)
        service.github.faults.add(actor="installation", count=1, after=number, **KINDS[kind])
        failed = until_written(service, pull)
        assert_one(service, pull, "fail")
        if not failed and number > 3:
            return
    raise AssertionError(f"an evaluation makes more than {MOST_CALLS} calls")


@pytest.mark.parametrize("kind", KINDS)
def test_the_attempt_after_a_lost_creation_may_fail_too(service: Service, acme: Any, kind: str) -> None:
    pull = acme.hotfix()
    service.evaluate(pull)
    for number in range(MOST_CALLS):
        acme.shop.commit("hotfix/cart", {"src/cart.py": f"x = {number}\n"}, message="no format", author=acme.dev)

        def fail(attempt: int, number: int = number) -> None:
            service.github.faults.clear()
            if attempt == 0:
                service.github.faults.add(WRITES, "POST", cut="after", count=1)
            elif attempt == 1:
                service.github.faults.add(actor="installation", count=1, after=number, **KINDS[kind])

        failed = until_written(service, pull, before=fail)
        assert_one(service, pull, "fail")
        if failed == 1:
            return
    raise AssertionError(f"an evaluation makes more than {MOST_CALLS} calls")


@pytest.mark.parametrize("seed", range(4))
def test_a_fifth_of_all_calls_may_fail(service: Service, acme: Any, seed: int) -> None:
    pull = acme.hotfix()
    service.github.faults.seed(seed)
    for number in range(5):
        acme.shop.commit("hotfix/cart", {"src/cart.py": f"x = {number}\n"}, message="no format", author=acme.dev)
        for fault in KINDS.values():
            service.github.faults.add(actor="installation", rate=0.05, **fault)
        until_written(service, pull)
        assert_one(service, pull, "fail")
