"""Webhooks arrive twice, out of order, or not at all."""

from __future__ import annotations

from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground


def duplicated(ground: Ground, scale: Scale) -> None:
    opened(ground)
    ground.github.webhooks.duplicate()
    ground.people.work(scale.acts)
    ground.github.webhooks.clear()


def reordered(ground: Ground, scale: Scale) -> None:
    opened(ground)
    for order in ("reversed", "shuffled"):
        ground.github.webhooks.hold()
        ground.people.work(scale.acts // 2)
        ground.github.webhooks.release(order)
        ground.quiet()


def lost(ground: Ground, scale: Scale) -> None:
    """Lose a third of the deliveries; GitHub's list of deliveries shows which."""
    opened(ground)
    ground.github.webhooks.lose(rate=0.34)
    ground.people.work(scale.acts)
    ground.github.webhooks.clear()


def lost_in_an_outage(ground: Ground, scale: Scale) -> None:
    """Lose some while the API is down for half an hour and others arrive, so that the list is read late."""
    opened(ground)
    ground.github.webhooks.lose(rate=0.5)
    ground.people.work(scale.acts // 2)
    ground.github.webhooks.clear()
    for _ in range(6):
        ground.people.recheck(ground.people.subjects[0])  # other deliveries still arrive
        ground.github.outage = True
        ground.retry(300.0, turns=4)
        ground.github.outage = False
        ground.github.faults.add(path="/app/hook/deliveries", status=503)
    ground.github.faults.clear()


def all_at_once(ground: Ground, scale: Scale) -> None:
    """Deliver everything twice, shuffled, and lose a fifth of it."""
    opened(ground)
    ground.github.webhooks.hold()
    ground.github.webhooks.duplicate(rate=0.5)
    ground.people.work(scale.acts)
    ground.github.webhooks.clear()
    ground.github.webhooks.lose(rate=0.2)
    ground.github.webhooks.release("shuffled")
    ground.github.settle()
    ground.github.webhooks.clear()


FAULTS = (
    Fault("duplicated", "every delivery comes twice", duplicated),
    Fault("reordered", "deliveries come in reverse and in no order", reordered),
    Fault("lost", "a third of the deliveries is lost", lost),
    Fault("lost-late", "deliveries lost while the list of them cannot be read for half an hour", lost_in_an_outage),
    Fault("mixed-up", "deliveries twice, shuffled and lost", all_at_once),
)
