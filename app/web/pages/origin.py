"""Reject cross-site requests by the headers in which browsers report a request's origin, without CSRF tokens in forms.

Requests without a cookie are not authenticated, so another site has nothing to misuse.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOrigin:
    """ASGI middleware that passes on unsafe requests only if they come from a page of this service."""

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self.app = app
        self.public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE
            and b"cookie" in headers
            and not self._is_ours(headers)
        ):
            refusal = PlainTextResponse("This request was not sent by a page of this service.\n", 403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, headers: dict[bytes, bytes]) -> bool:
        """Return whether the request comes from this service.

        False if the browser does not report an origin: every browser sends `Origin` with a POST.
        """
        site = headers.get(b"sec-fetch-site", b"").decode("latin-1")
        if site and site != "same-origin":
            return False
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin:
            return site == "same-origin"
        try:
            host = urlsplit(origin).netloc
        except ValueError:
            return False
        return origin == self.public_url or (bool(host) and host == headers.get(b"host", b"").decode("latin-1"))
