"""A repository with open hotfixes on a simulated GitHub, and pushes to them as webhooks sent by the bench."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import load
from bench.load import prepared
from tests.github import Call, Delivery, GitHub, Pull, round_trips
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, TAG, Acme

WRITES = ("POST", "PATCH")


class Shop(Acme):
    """The tests' `acme/shop`."""

    github: GitHub

    def __init__(self, github: GitHub) -> None:
        super().__init__(github)


@contextmanager
def opened() -> Iterator[Shop]:
    """Start the tests' ready repository in a separate process; its webhooks are recorded but not delivered."""
    with GitHub(process=True) as github:
        github.rate_limit(limit=10**6)
        yield Shop(github)


def hotfix(acme: Shop, name: str, *, files: dict[str, str | bytes | None] | None = None, body: str = GOOD_BODY) -> Pull:
    """Open a hotfix that passes every rule except its review."""
    pull = acme.hotfix(
        files=files or FIX | {"src/cart.py": f"{FIX['src/cart.py']}# {name}\n"}, branch=f"hotfix/{name}", body=body
    )
    acme.dev.request_review(pull, users=[acme.lead])
    return pull


def push(acme: Shop, pull: Pull, turn: int, files: dict[str, str | bytes | None] | None = None) -> list[Delivery]:
    """Force-push its one commit again; return the webhooks that GitHub would send."""
    acme.github.forget()
    changed = files or FIX | {"src/cart.py": f"{FIX['src/cart.py']}# {pull.number}, turn {turn}\n"}
    acme.shop.commit(pull.head_ref, changed, message=GOOD_MESSAGE, author=acme.dev, parents=[acme.shop.tags()[TAG]])
    return [one for one in acme.github.deliveries if one.event in ("push", "pull_request")]


@dataclass(frozen=True, slots=True)
class Seen:
    """Measurements of one verdict on GitHub's side."""

    seconds: float
    """From connecting for the webhooks to the end of the response to the check run's write."""
    github: float
    """The part of those seconds with at least one call in progress."""
    calls: int
    trips: int


def verdict(acme: Shop, url: str, deliveries: list[Delivery], *, patience: float = 20.0) -> Seen:
    """Send the webhooks concurrently, as GitHub does, to the service at `url` and wait for the check run."""
    acme.github.forget()
    requests = [prepared(url, one.body, one.headers) for one in deliveries]
    began = load.run(url, requests, len(requests)).began
    until = began + patience
    while time.monotonic() < until:
        time.sleep(0.25)
        calls = acme.github.calls_of("installation", "app")
        written = [call for call in calls if "/check-runs" in call.path and call.method in WRITES and call.end]
        if written:
            end = written[-1].end
            inside = [call for call in calls if call.start < end]
            return Seen(end - began, _covered(inside), len(inside), round_trips(inside))
    raise SystemExit("no verdict came; GitHub saw " + ", ".join(f"{c.operation} {c.status}" for c in calls))


def _covered(calls: list[Call]) -> float:
    """Return the seconds in which at least one call was in progress."""
    total, until = 0.0, float("-inf")
    for call in sorted(calls, key=lambda c: c.start):
        total += max(0.0, call.end - max(call.start, until))
        until = max(until, call.end)
    return total


__all__ = ["TAG", "Seen", "Shop", "hotfix", "opened", "push", "verdict"]
