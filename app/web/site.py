"""Route requests to the pages: all except webhooks and probes. Imported on the first such request."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.web.pages.origin import SameOrigin
from app.web.pages.pages_app import Pages, Parts
from app.web.pages.rendering import not_found
from app.web.webhooks import WEBHOOKS


async def _not_posted(_request: Request) -> JSONResponse:
    return JSONResponse({"error": "webhooks must be sent by POST"}, 405, {"Allow": "POST"})


def site(parts: Parts) -> ASGIApp:
    """Return the ASGI application for all pages."""
    other_methods = Route(WEBHOOKS, _not_posted, methods=["GET", "HEAD", "PUT", "PATCH", "DELETE"])
    pages = Pages(parts)
    return SameOrigin(
        Starlette(routes=[other_methods, *pages.routes()], exception_handlers={404: _not_found}),
        parts.settings.public_url,
    )


async def _not_found(request: Request, _error: Exception) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return not_found()
    return JSONResponse({"detail": "Not Found"}, 404)
