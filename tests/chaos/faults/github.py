"""Failures of GitHub: wrong, late or missing responses, an outage, stale reads, rejected tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hotfix.github.transport.connection import TIMEOUT
from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground

RATES = (5, 20, 50)
"""Percentages of calls that fail."""
MINUTE = 60.0
OUTAGE = 10 * MINUTE


def _errors(ground: Ground, rate: float) -> None:
    # Each fault applies to the calls that the previous ones let through.
    for status, share in ((500, rate / 3), (502, rate / 3), (503, rate / 3)):
        _strike(ground, share, status=status)


def _secondary(ground: Ground, rate: float) -> None:
    _strike(ground, rate, status=403, retry_after=1, body="secondary")


def _too_many(ground: Ground, rate: float) -> None:
    _strike(ground, rate, status=429, retry_after=2)


def _slow(ground: Ground, rate: float) -> None:
    _strike(ground, rate, delay=2.0)


def _silent(ground: Ground, rate: float) -> None:
    _strike(ground, rate, delay=TIMEOUT + 1.0, cut="before")


def _cut(ground: Ground, rate: float) -> None:
    for cut in ("before", "middle", "after"):
        _strike(ground, rate / 3, cut=cut)


def _not_found(ground: Ground, rate: float) -> None:
    _strike(ground, rate, status=404)


def _strike(ground: Ground, rate: float, **what: object) -> None:
    """Add a fault for the service only: people's own calls succeed."""
    for actor in ("installation", "app"):
        ground.github.faults.add(rate=rate, actor=actor, **what)  # type: ignore[arg-type]


KINDS: dict[str, tuple[str, Callable[[Ground, float], None]]] = {
    "errors": ("GitHub answers 500, 502, 503", _errors),
    "secondary": ("GitHub answers 403, secondary rate limit", _secondary),
    "too-many": ("GitHub answers 429 with Retry-After", _too_many),
    "slow": ("GitHub answers after 2 s more", _slow),
    "silent": ("GitHub does not respond", _silent),
    "cut": ("GitHub cuts the connection before, in and after its answer", _cut),
    "not-found": ("GitHub answers 404 for what is there", _not_found),
}


def trouble(kind: str, percent: int, ground: Ground, scale: Scale) -> None:
    opened(ground)
    KINDS[kind][1](ground, percent / 100)
    ground.people.work(scale.acts)
    ground.wait(3.0)
    ground.github.faults.clear()


def every_trouble(ground: Ground, scale: Scale) -> None:
    """Add a low rate of every fault at once."""
    opened(ground)
    for kind in ("errors", "secondary", "too-many", "slow", "cut", "not-found"):
        KINDS[kind][1](ground, 0.05)
    ground.people.work(scale.acts)
    ground.retry(3.0, turns=3)
    ground.github.faults.clear()


def outage(how: bool | int, ground: Ground, scale: Scale) -> None:
    """Let all calls fail for ten minutes while people's webhooks still arrive."""
    opened(ground)
    for _ in range(5):
        ground.people.work(scale.acts // 5)  # queued before the outage: people's actions must succeed on GitHub
        ground.github.outage = how
        ground.retry(OUTAGE / 5, turns=4)
        ground.github.outage = False


def stuck(status: int, ground: Ground, scale: Scale) -> None:
    """Fail a read required by every verdict for minutes while events keep arriving, then let it succeed."""
    opened(ground)
    fault = ground.github.faults.add("/repos/*/compare/main*", status=status, actor="installation")
    for _ in range(3):
        ground.people.work(scale.acts // 3)
        ground.retry(MINUTE, turns=4)
    fault.remove()
    # A command that GitHub refused for minutes is dropped: it has no reaction, and people repeat it.
    for subject in [one for one in ground.people.subjects if one.overridden]:
        ground.people.override(subject)
    # A permanent failure is not retried: without another event, the next sweep handles it.
    ground.retry(6 * MINUTE, turns=1)


def stale(ground: Ground, scale: Scale) -> None:
    """Make reads stale for a while after every push."""
    opened(ground)
    people = ground.people
    for subject in [s for s in people.subjects if s.hotfix] * max(1, scale.acts // 20):
        ground.github.stale(people.shop, seconds=people.rng.uniform(0.3, 6.0))
        people.push(subject, sound=people.rng.random() < 0.7)
        if people.rng.random() < 0.5:
            people.approve(subject)


def revoked(ground: Ground, scale: Scale) -> None:
    """Reject tokens: some are occasionally revoked, others expire."""
    opened(ground)
    for turn in range(4):
        at_work = ground.people.at_work(scale.acts // 4)
        ground.wait(0.3)
        if turn % 2:
            ground.pass_time(2 * 3600.0)
        else:
            ground.people.acme.installation.revoke_tokens()
        at_work.join()


def suspended(ground: Ground, scale: Scale) -> None:
    """Suspend the App while people work, then unsuspend it."""
    opened(ground)
    ground.people.work(scale.acts // 2)
    ground.people.acme.installation.suspend()
    ground.wait(1.0)
    ground.people.acme.installation.unsuspend()
    ground.people.work(scale.acts // 2)


def renamed(ground: Ground, scale: Scale) -> None:
    """Rename the repository between its events and their evaluations."""
    opened(ground)
    for name in ("store", "shop"):
        ground.github.latency = 0.5
        ground.people.work(scale.acts // 2)
        ground.github.settle()
        ground.people.shop.rename(name)
        ground.github.latency = 0.0
        ground.quiet()


FAULTS = (
    *(
        Fault(f"{kind}-{percent}", f"{says}, at {percent} % of the calls", partial(trouble, kind, percent))
        for kind, (says, _) in KINDS.items()
        for percent in RATES
    ),
    Fault("trouble", "every trouble of GitHub's at 5 % each", every_trouble),
    Fault("outage", "GitHub cuts every connection for ten minutes", partial(outage, True)),
    Fault("outage-503", "GitHub answers 503 for ten minutes", partial(outage, 503)),
    Fault("stuck", "GitHub does not find a comparison that every verdict needs", partial(stuck, 404)),
    Fault("forbidden", "GitHub does not permit a comparison that every verdict needs", partial(stuck, 403)),
    Fault("stale", "GitHub shows what was before a push for up to 6 s", stale),
    Fault("tokens", "installation tokens revoked and expired", revoked),
    Fault("renamed", "the repository is renamed while its events are evaluated", renamed),
    Fault("suspended", "the App suspended and unsuspended", suspended),
)
