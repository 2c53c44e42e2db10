"""What GitHub publishes about its APIs, reduced to what the simulated GitHub answers. Made by `build.py`."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def text(name: str) -> str:
    """The content of `name.xz`."""
    return lzma.decompress((HERE / f"{name}.xz").read_bytes()).decode()


def data(name: str) -> Any:
    return json.loads(text(name))
