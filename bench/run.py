"""One run of the bench: its folder, progress messages and form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.figures import Figure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench."""

    root: Path
    short: bool
    say: Callable[[str], None]
    """Reports what is being measured."""

    def folder(self, name: str) -> Path:
        """Create a folder on the disk that is measured."""
        made = self.root / name
        made.mkdir()
        return made

    def pick(self, full: T, short: T) -> T:
        return short if self.short else full


Measure = Callable[[Run], Iterator[Figure]]
