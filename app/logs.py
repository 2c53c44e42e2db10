"""Write structured logs: one JSON line per event on standard output, scrubbed of secrets."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.config
import re
import sys
import threading
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"

# GitHub tokens and JWTs are recognized by their format; other credentials by the scheme of an Authorization header.
TOKENS = re.compile(
    r"(?:gh[opsur]_[A-Za-z0-9_]{16,})|(?:github_pat_[A-Za-z0-9_]{20,})|(?:v1\.[0-9a-f]{40})"
    r"|(?:eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"
    r"|(?:(?i:bearer|token|basic) [A-Za-z0-9._~+/=-]{16,})"
    r"|(?:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))"
    r"|(?<=://)[^/\s:@\"\\]+:[^/\s@\"\\]+(?=@)",
    re.DOTALL,
)
# Every token contains one of these. Lines without any skip the regular expression, which costs more than logging them.
SIGNS = ("gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat_", "v1.", "eyJ", "PRIVATE KEY", "://")
SIGNS_IN_ANY_CASE = ("bearer ", "token ", "basic ")
SHORTEST = 6
"""Minimum length of a secret that is replaced; shorter ones would blank out ordinary words."""


def scrubber(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that replaces these secrets, each line of a key, and anything that looks like a token."""
    words = {word.strip() for secret in secrets for word in (secret, *secret.splitlines())}
    # The BEGIN and END lines of a key are kept: other keys in a log are recognized by them.
    long = {word for word in words if len(word) >= SHORTEST and not word.startswith("-----")}
    known = sorted(long | {json.dumps(word)[1:-1] for word in long}, key=len, reverse=True)

    def scrub(line: str) -> str:
        for word in known:
            line = line.replace(word, HIDDEN)
        lowered = line.lower()
        if any(sign in line for sign in SIGNS) or any(sign in lowered for sign in SIGNS_IN_ANY_CASE):
            return TOKENS.sub(HIDDEN, line)
        return line

    return scrub


class _Lines:
    """Writes rendered log lines. Errors of the stream, such as a full disk or a closed pipe, are ignored."""

    _lock = threading.Lock()

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


def configure(secrets: Iterable[str], *, stream: Any = None) -> None:
    """Send records of structlog and `logging` to `stream` (default: standard output) as scrubbed JSON lines."""
    scrub = scrubber(secrets)
    out = stream or sys.stdout

    def render(_logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
        line = {"at": event.pop("at", None), "level": event.pop("level", None), "event": event.pop("event", None)}
        event.pop("_record", None)
        event.pop("_from_structlog", None)
        return scrub(json.dumps({**line, **event}, default=str, ensure_ascii=False))

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    # structlog renders and writes directly; `logging` records are formatted the same way.
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    foreign = [structlog.stdlib.add_logger_name, *shared]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=[render]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, level in (
        ("uvicorn", logging.WARNING),  # `hotfix serve` prints the address, or the link of the set-up
        ("uvicorn.error", logging.WARNING),
        ("uvicorn.access", logging.CRITICAL),  # the log line of each delivery has more detail
        ("alembic", logging.WARNING),
        ("github", logging.WARNING),
        ("urllib3", logging.ERROR),
        ("sqlalchemy", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(level)
