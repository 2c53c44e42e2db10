"""The system clock jumps or is wrong."""

from __future__ import annotations

from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground

JUMPS = (90.0, -90.0, 3600.0, -3600.0, 86400.0, -86400.0, -86400.0, 86400.0)
"""Seconds; their sum is zero."""


def jumps(ground: Ground, scale: Scale) -> None:
    """Let the clock jump during work; GitHub's clock stays correct."""
    opened(ground)
    for seconds in JUMPS:
        ground.say(f"the clock is set by {seconds:+.0f} s")
        at_work = ground.people.at_work(max(2, scale.acts // len(JUMPS)))
        ground.wait(0.3)
        ground.clock.jump(seconds)
        at_work.join()
        ground.wait(1.0)


def wrong(ground: Ground, scale: Scale) -> None:
    """Run the clock an hour ahead: GitHub rejects tokens whose timestamps are off."""
    opened(ground)
    ground.clock.jump(3600.0)
    ground.people.acme.installation.revoke_tokens()
    ground.people.work(scale.acts)


def behind(ground: Ground, scale: Scale) -> None:
    """Kill the service, and start it on a machine whose clock is a day behind."""
    opened(ground)
    ground.github.faults.add(status=503, retry_after=2, actor="installation", count=10)
    ground.people.work(scale.acts // 2)
    ground.service.kill()
    ground.github.faults.clear()
    ground.clock.jump(-86400.0)
    ground.service.start()
    ground.people.work(scale.acts // 2)


FAULTS = (
    Fault("clock", "the clock jumps by minutes, hours and a day, both ways", jumps),
    Fault("clock-ahead", "the clock is an hour ahead and stays so", wrong),
    Fault("clock-behind", "after a crash the clock is a day behind", behind),
)
