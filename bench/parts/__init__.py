"""The parts of the bench, in display order. To add one, add a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from bench.parts import (
    acks,
    action,
    before,
    big_pull,
    burst,
    clone,
    hostile,
    idle,
    lives,
    opened,
    pages,
    replicas,
    verdicts,
)
from bench.run import Measure

PARTS: Mapping[str, tuple[str, Measure]] = {
    "verdicts": ("Webhook to verdict", verdicts.measure),
    "before": ("Side by side with the state before", before.measure),
    "opened": ("Hotfixes opened at once", opened.measure),
    "lives": ("Live incidents", lives.measure),
    "acks": ("Durable acknowledgements", acks.measure),
    "burst": ("A burst of deliveries", burst.measure),
    "replicas": ("Replicas on PostgreSQL", replicas.measure),
    "big-pull": ("The largest pull request", big_pull.measure),
    "clone": ("hotfix check on a long history", clone.measure),
    "idle": ("Idle, and the start", idle.measure),
    "hostile": ("Hostile requests", hostile.measure),
    "pages": ("The pages", pages.measure),
    "action": ("The Action's start", action.measure),
}
SHORT = ("verdicts", "opened", "lives", "acks", "burst", "hostile")
"""The parts of the short form, which measure counts."""
