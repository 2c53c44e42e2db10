"""Structured logs, one JSON line an event on standard output. No secret passes: every finished line is scrubbed."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"

# GitHub's tokens and JWTs say what they are; an Authorization header says the rest.
TOKENS = (
    r"(?:gh[opsur]_[A-Za-z0-9_]{16,})|(?:github_pat_[A-Za-z0-9_]{20,})|(?:v1\.[0-9a-f]{40})"
    r"|(?:eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"
    r"|(?:(?i:bearer|token|basic) [A-Za-z0-9._~+/=-]{16,})"
    r"|(?:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))"
    r"|(?<=://)[^/\s:@\"\\]+:[^/\s@\"\\]+(?=@)"
)
SHORTEST = 6
"""Shorter secrets are not replaced one by one: they would blank out ordinary words."""


def scrubber(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that blanks out these secrets, each line of a key, and whatever looks like a token."""
    words = {word.strip() for secret in secrets for word in (secret, *secret.splitlines())}
    known = sorted((re.escape(word) for word in words if len(word) >= SHORTEST), key=len, reverse=True)
    escaped = [re.escape(json.dumps(word)[1:-1]) for word in words if len(word) >= SHORTEST]
    pattern = re.compile("|".join([*dict.fromkeys([*known, *escaped]), TOKENS]), re.DOTALL)

    def scrub(line: str) -> str:
        return pattern.sub(HIDDEN, line)

    return scrub


def configure(secrets: Iterable[str], *, stream: Any = None) -> None:
    """Send structlog's and the standard library's records to `stream` (standard output) as scrubbed JSON lines."""
    scrub = scrubber(secrets)

    def render(_logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
        return scrub(json.dumps(event, default=str, ensure_ascii=False))

    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name, level in (
        ("uvicorn", logging.INFO),
        ("uvicorn.error", logging.INFO),
        ("uvicorn.access", logging.CRITICAL),  # the line a delivery says more
        ("alembic", logging.WARNING),
        ("github", logging.WARNING),
        ("urllib3", logging.ERROR),
        ("sqlalchemy", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(level)
