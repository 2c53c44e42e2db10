"""The site: everything that the service answers besides webhooks and probes. Loaded at its first request."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from app.web.webhooks import WEBHOOKS


def site() -> FastAPI:
    """Return the application; pages add their routers here."""
    app = FastAPI(title="hotfix", docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route(WEBHOOKS, methods=["GET", "HEAD", "PUT", "PATCH", "DELETE"])
    async def not_posted() -> JSONResponse:
        return JSONResponse({"error": "webhooks must be sent by POST"}, 405, {"Allow": "POST"})

    return app
