"""Let a process that runs one command, such as `hotfix check` or a step of the Action, start and end faster."""

from __future__ import annotations

import atexit
import gc
import importlib
import sys
from types import ModuleType
from typing import Any


def prepare() -> None:
    """Spare this process the garbage collection of what it imports, and pydantic's search for plugins.

    Call it before pydantic is imported.
    """
    gc.set_threshold(100_000, 20, 100)  # collecting imported objects, which all stay, takes a tenth of the start
    atexit.register(gc.freeze)  # collecting them again at exit would take a sixth of `hotfix check`
    sys.modules.setdefault(_NoPlugins.NAME, _NoPlugins(_NoPlugins.NAME))


class _NoPlugins(ModuleType):
    """A replacement for pydantic's plugin loader, which imports email, zip and sockets in order to find no plugin.

    If pydantic uses anything of that module except `get_plugins`, the real module is loaded.
    """

    NAME = "pydantic.plugin._loader"

    @staticmethod
    def get_plugins() -> tuple[()]:
        return ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        del sys.modules[self.NAME]
        return getattr(importlib.import_module(self.NAME), name)
