"""If GitHub fails, nothing is evaluated, and the error contains the time of the retry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hotfix.github.read import policies
from hotfix.github.read.caches import Caches
from hotfix.github.transport.errors import TransientError
from hotfix.github.transport.github_app import GitHubApp
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service

Break = Callable[[Any], object]

FAULTS: dict[str, Break] = {
    "500": lambda github: github.faults.add(status=500, actor="installation"),
    "502": lambda github: github.faults.add(status=502, actor="installation"),
    "503 on the query": lambda github: github.faults.add("/graphql", status=503),
    "503 on compares": lambda github: github.faults.add("/repos/*/compare/*", status=503),
    "503 on the write": lambda github: github.faults.add("/repos/*/check-runs*", status=503),
    "cut before": lambda github: github.faults.add(cut="before", actor="installation"),
    "cut in the middle": lambda github: github.faults.add("/graphql", cut="middle"),
    "cut after the write": lambda github: github.faults.add("/repos/*/check-runs*", cut="after", count=1),
    "secondary limit": lambda github: github.faults.add(
        "/graphql", status=403, retry_after=30, body="secondary", count=1
    ),
    "429": lambda github: github.faults.add("/repos/*/compare/*", status=429, retry_after=30, count=1),
    "outage": lambda github: setattr(github, "outage", True),
    "outage with answers": lambda github: setattr(github, "outage", 503),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_makes_a_pass_or_a_second_check_run(service: Service, acme: Any, fault: str) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message="no format", author=acme.dev)
    FAULTS[fault](service.github)
    with pytest.raises(TransientError):
        service.evaluate(pull)
    service.github.faults.clear()
    service.github.outage = False
    check = pull.check("hotfix")
    assert check is None or check["conclusion"] not in ("success", "neutral", "skipped")
    service.github.clock.advance(60)
    assert service.evaluate(pull).verdict.conclusion is Conclusion.FAIL
    assert pull.check("hotfix")["conclusion"] == "failure"
    assert len(pull.checks("hotfix")) == 1


def test_under_a_secondary_limit_nothing_more_is_sent(service: Service, acme: Any) -> None:
    """No request is sent until the limit ends."""
    pull = acme.hotfix()
    service.warm(pull)
    service.github.faults.add("/graphql", status=403, retry_after=30, body="secondary", count=1)
    before = service.now
    with pytest.raises(TransientError) as raised:
        service.evaluate(pull)
    assert raised.value.retry_at is not None
    assert raised.value.retry_at - before > timedelta(seconds=25)
    assert raised.value.retry_at - service.now <= timedelta(seconds=30)
    service.github.forget()
    with pytest.raises(TransientError):
        service.evaluate(pull)
    assert service.calls() == []
    service.github.clock.advance(31)
    service.evaluate(pull)


def test_the_hourly_limit_says_when_it_is_reset(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    before = service.now
    service.github.rate_limit(limit=5000, remaining=0, reset_in=600)
    with pytest.raises(TransientError) as raised:
        service.evaluate(pull)
    assert raised.value.retry_at is not None
    assert raised.value.retry_at - before > timedelta(seconds=590)
    assert raised.value.retry_at - service.now < timedelta(seconds=610)


def test_what_is_left_of_the_hourly_limit_is_known(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.github.rate_limit(limit=5000, remaining=1234, reset_in=600)
    outcome = service.evaluate(pull)
    assert outcome.rate_left is not None
    assert 1200 < outcome.rate_left < 1234
    service.github.forget()
    assert service.evaluate(pull).rate_left is not None, "also where a query alone was sent"


def test_an_expired_token_is_renewed_unseen(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.github.clock.advance(3600)
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PENDING


def test_a_revoked_token_is_renewed_once_for_many_reads(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    acme.installation.revoke_tokens()
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PENDING
    minted = [call for call in service.calls() if call.path.endswith("/access_tokens")]
    assert len(minted) == 1


def test_a_token_that_is_never_taken_is_no_verdict(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.github.faults.add("/graphql", status=401)
    with pytest.raises(TransientError):
        service.evaluate(pull)


def test_an_idle_connection_that_was_closed_is_opened_again(service: Service, acme: Any) -> None:
    """One request is sent: of several in parallel, some may open a connection of their own."""
    service.warm(acme.hotfix())
    cut = service.github.faults.add("/graphql", cut="before", count=1)
    assert policies.read(service.client, Caches(), "acme/shop").source.startswith("acme/shop@")
    assert cut.hits == 1


@pytest.mark.parametrize("hours", [-30, 2])
def test_a_machine_whose_clock_is_wrong_signs_by_githubs(acme: Any, hours: int) -> None:
    off = [timedelta(hours=hours)]
    now = acme.github.clock.now
    app = GitHubApp(acme.app.id, acme.app.private_key, acme.github.api_url, clock=lambda: now() + off[-1])
    assert app.verify().id == acme.app.id
    client = app.installation(acme.installation.id)
    assert client.repositories() == ["acme/shop"]
    off.append(timedelta())  # the machine's clock is corrected
    acme.installation.revoke_tokens()
    assert client.repositories() == ["acme/shop"]
    app.close()


def test_a_refused_key_is_neither_verdict_nor_end(service: Service, acme: Any) -> None:
    """While GitHub refuses the App's key, no verdict is published, and the service keeps running."""
    pull = acme.hotfix()
    service.github.faults.add("/app/installations/*", status=401)
    with pytest.raises(TransientError, match="refuses the App's key"):
        service.evaluate(pull)


def test_a_pause_ends_when_the_clock_is_set_back(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    service.warm(pull)
    service.github.faults.add("/graphql", status=403, retry_after=30, body="secondary", count=1)
    with pytest.raises(TransientError):
        service.evaluate(pull)
    service.github.clock.advance(-7200)
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PENDING
