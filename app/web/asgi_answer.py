"""Whole answers to a request, sent without a web framework: webhooks and probes are too many for one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Starlette is loaded with the site
    from starlette.types import Send


async def send_content(
    send: Send, status: int, content: bytes, content_type: str, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send an answer with this content, and `more` headers."""
    length = str(len(content)).encode()
    headers = [(b"content-type", content_type.encode()), (b"content-length", length), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def send_json(
    send: Send, status: int, answer: Mapping[str, Any], more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send an object as JSON."""
    await send_content(send, status, json.dumps(answer).encode(), "application/json", more)
