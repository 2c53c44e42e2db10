"""GitHub's REST routes, one module per subject; each module registers its handlers when imported."""

from __future__ import annotations

import importlib
from pathlib import Path


def load() -> None:
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem != "__init__":
            importlib.import_module(f"{__name__}.{path.stem}")
