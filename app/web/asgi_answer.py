"""Send complete HTTP responses without a web framework, to keep webhooks and probes fast."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Starlette is imported with the site
    from starlette.types import Send


async def send_content(
    send: Send, status: int, content: bytes, content_type: str, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a response with this content and the additional headers `more`."""
    length = str(len(content)).encode()
    headers = [(b"content-type", content_type.encode()), (b"content-length", length), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def send_json(
    send: Send, status: int, answer: Mapping[str, Any], more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a JSON response."""
    await send_content(send, status, json.dumps(answer).encode(), "application/json", more)
