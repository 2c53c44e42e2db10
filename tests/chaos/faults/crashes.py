"""The service's process is killed or stopped."""

from __future__ import annotations

from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground


def kill(ground: Ground, scale: Scale) -> None:
    """Kill the service at random moments of a burst; people continue while it is down."""
    opened(ground)
    rng = ground.people.rng
    for number in range(scale.kills):
        ground.say(f"kill {number + 1} of {scale.kills}")
        ground.github.webhooks.hold()
        ground.people.work(max(3, scale.acts // scale.kills))
        ground.github.webhooks.duplicate(count=5)
        at_work = ground.people.at_work(3)
        ground.github.webhooks.release("shuffled")
        ground.wait(rng.uniform(0.0, 0.6))
        ground.service.kill()
        at_work.join()
        ground.service.start()
    ground.github.webhooks.clear()


def stop(ground: Ground, scale: Scale) -> None:
    """Send SIGTERM during a burst: running jobs complete, pending ones are kept."""
    opened(ground)
    for turn in range(2):
        at_work = ground.people.at_work(scale.acts // 2)
        ground.wait(ground.people.rng.uniform(0.2, 0.8))
        ground.service.stop()
        at_work.join()
        assert ground.service.lines("stopped")[turn:], "the service did not end in order"
        ground.service.start()


FAULTS = (
    Fault("kill", "SIGKILL at random moments of a burst", kill),
    Fault("stop", "SIGTERM in a burst", stop),
)
