"""Regular expressions that are compiled lazily, because most commands need only a few of about 200."""

from __future__ import annotations

import re
from typing import Any, cast


class _LazyPattern:
    """Proxy of a compiled pattern, which compiles it at the first attribute access and caches the attribute."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled at its first use.

    Meant for module-level expressions that many runs don't need. Only its methods can be used: the functions of `re`
    don't accept it. An invalid expression raises `re.error` at its first use; a test compiles all of them.
    """
    return cast("re.Pattern[str]", _LazyPattern(pattern, flags))
