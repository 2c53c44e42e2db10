"""The parts of the bench, in the order in which they are shown. Adding one is adding a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from bench.parts import acks, verdicts
from bench.run import Measure

PARTS: Mapping[str, tuple[str, Measure]] = {
    "verdicts": ("Webhook to verdict", verdicts.measure),
    "acks": ("Durable acknowledgements", acks.measure),
}
SHORT = ("verdicts", "acks")
"""What the short form measures: counts."""
