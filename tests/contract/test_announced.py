"""A change that a webhook announced but GitHub doesn't show yet is awaited for a limited time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hotfix.github.evaluation import PublishResult
from hotfix.github.transport.errors import TransientError
from tests.contract.conftest import Service
from tests.github.acme import GOOD_MESSAGE


def test_a_newer_head_than_was_announced_is_evaluated(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    first = pull.head_sha
    second = acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=GOOD_MESSAGE, author=acme.dev)
    assert service.evaluate(pull, expect_sha=first).verdict.head_sha == second


def test_an_older_head_than_was_announced_is_not_evaluated(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.github.stale(acme.shop, reads=3)
    sha = acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=GOOD_MESSAGE, author=acme.dev)
    with pytest.raises(TransientError, match="does not show") as refused:
        service.evaluate(pull, expect_sha=sha)
    assert refused.value.retry_at is None, "the queue's own backoff decides, a second at first"
    service.github.forget()
    for _ in range(5):
        try:
            assert service.evaluate(pull, expect_sha=sha).verdict.head_sha == sha
            break
        except TransientError:
            continue
    else:
        pytest.fail("the new head never showed")


def test_an_announcement_that_never_comes_true_is_given_up(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    lost = acme.shop.commit("elsewhere", {"a": "b"}, at="v1.2.3")
    acme.shop.delete_branch("elsewhere")
    with pytest.raises(TransientError):
        service.evaluate(pull, expect_sha=lost)
    service.github.clock.advance(90)
    assert service.evaluate(pull, expect_sha=lost).verdict.head_sha == pull.head_sha


def test_an_answer_older_than_the_webhook_is_not_evaluated(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    later = service.now + timedelta(minutes=2)
    for _ in range(2):
        with pytest.raises(TransientError, match="latest state"):
            service.evaluate(pull, expect_updated_at=later)
    service.github.clock.advance(90)
    assert service.evaluate(pull, expect_updated_at=later).published is PublishResult.CREATED
