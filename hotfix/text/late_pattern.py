"""Regular expressions that are compiled when they are first used: most runs of the command need few of some 200."""

from __future__ import annotations

import re
from typing import Any, cast


class _LatePattern:
    """Has the attributes of a compiled pattern; the first use of one compiles it and keeps what was found."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value


def late_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled at its first use.

    For an expression at a module's top that an ordinary branch may not need. It is used by its methods only:
    functions of `re` don't take it. An expression that is wrong raises `re.error` at the first use; a test compiles
    every one.
    """
    return cast("re.Pattern[str]", _LatePattern(pattern, flags))
