"""`/deliveries`: the accepted webhooks, the result of each, and its payload as stored by GitHub."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.logs import HIDDEN, scrubber
from app.queue.handler_result import Cache
from app.queue.intake import WebhookDelivery
from app.storage import delivery_search, snapshots
from app.storage.delivery_search import DeliveryRow
from app.web import handlers
from app.web.pages.page_access import Hidden, Viewer
from app.web.pages.rendering import HEADERS, page
from app.web.payload import MalformedPayload, Payload
from hotfix.github.read.setup.app_state import SentDelivery, sent_delivery
from hotfix.github.read.viewer import RepositoryAccess
from hotfix.github.transport.errors import NotFound, NotPermitted

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

log = structlog.get_logger(part="pages")

_SECRET = re.compile(r"secret|token|passw|authorization|signature|credential|private.?key|api.?key", re.IGNORECASE)
SHOWN = 50
LONGEST = 300_000
"""Maximum number of characters of a payload that are shown."""


def draw(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return the list of the deliveries that this viewer can read."""
    text = request.query_params.get("q", "")[:200]
    query = delivery_search.parse(text, _number(request.query_params.get("before", "")))
    repos: list[str] | None = None
    if not viewer.sees_all:
        with pages.parts.context.read() as connection:
            candidates = delivery_search.repos_within(connection, query)
        if query.repo:
            candidates = [repo for repo in candidates if repo.casefold() == query.repo.casefold()]
        repos = pages.permissions.readable(viewer, candidates)
    with pages.parts.context.read() as connection:
        found, older = delivery_search.search(connection, query, repos, SHOWN)
        verdicts = snapshots.caused_by(connection, [row.guid for row in found])
    return page(
        "deliveries.html", viewer=viewer, found=found, verdicts=verdicts, text=text, older=older,
        is_later=query.before is not None,
    )  # fmt: skip


def draw_one(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return one delivery and its result. The page loads the payload separately."""
    row = _row(pages, request, viewer)
    with pages.parts.context.read() as connection:
        jobs = delivery_search.jobs_of(connection, row.guid)
        verdicts = snapshots.caused_by(connection, [row.guid]).get(row.guid, [])
    may = bool(row.repo) and pages.permissions.of(viewer, [row.repo])[row.repo] >= RepositoryAccess.WRITE
    return page(
        "delivery.html", viewer=viewer, row=row, jobs=jobs, verdicts=verdicts, may_replay=may,
        sees_payload=may or viewer.sees_all, replayed=_number(request.query_params.get("replayed", "")),
    )  # fmt: skip


def draw_payload(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return a delivery's request and response as stored by GitHub. Requires write access, as hooks do on GitHub."""
    row = _row(pages, request, viewer)
    if not viewer.sees_all:
        pages.permissions.require(viewer, row.repo, RepositoryAccess.WRITE)
    sent, problem = _sent(pages, row)
    shown, headers = "", {}
    if sent is not None:
        scrub = scrubber(pages.parts.settings.secrets)
        shown = json.dumps(without_secrets(sent.payload, scrub), indent=2, ensure_ascii=False)
        headers = without_secrets(dict(sent.headers), scrub)
    return page(
        "payload.html", sent=sent, problem=problem, sent_headers=headers, payload=shown[:LONGEST],
        left_out=max(0, len(shown) - LONGEST),
    )  # fmt: skip


async def replay(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Enqueue a delivery's jobs again. Requires write access to its repository."""
    row = await asyncio.to_thread(_row, pages, request, viewer)
    await asyncio.to_thread(pages.permissions.require, viewer, row.repo, RepositoryAccess.WRITE)
    sent, problem = await asyncio.to_thread(_sent, pages, row)
    intake = pages.parts.intake
    if sent is None or intake is None:
        reason = problem or "The service is starting or stopping. Try again in a moment."
        return page("refused.html", 409, title="Not replayed", reason=reason)
    try:
        result = handlers.handle(row.event, row.action, Payload(dict(sent.payload)), pages.parts.context.me)
    except MalformedPayload as error:
        return page("refused.html", 409, title="Not replayed", reason=f"GitHub's payload can't be read: {error}.")
    for stale in result.invalidations:
        if stale.cache is not Cache.REPO:  # the App may have regained access since a removal
            pages.parts.invalidate(stale)
    count = await intake.replay(WebhookDelivery(guid=row.guid, event=row.event, action=row.action, result=result))
    log.info("replay", login=viewer.login, delivery=row.guid, webhook=row.event, repo=row.repo, jobs=count)
    return RedirectResponse(f"/deliveries/{row.guid}?replayed={count}", 303, HEADERS)


def _row(pages: Pages, request: Request, viewer: Viewer) -> DeliveryRow:
    with pages.parts.context.read() as connection:
        row = delivery_search.known(connection, request.path_params["guid"])
    if row is None:
        raise Hidden
    pages.permissions.require(viewer, row.repo)
    return row


def _sent(pages: Pages, row: DeliveryRow) -> tuple[SentDelivery | None, str]:
    """Return the delivery as stored by GitHub, or None and the reason why it is not available."""
    try:
        sent = sent_delivery(pages.parts.context.github, row.guid, datetime.fromtimestamp(row.received_at, UTC))
    except (NotFound, NotPermitted) as error:
        return None, str(error)
    if sent is None:
        return None, "GitHub no longer has this delivery: it keeps them for three days."
    return sent, ""


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e11 else None


def without_secrets(value: Any, scrub: Callable[[str], str]) -> Any:
    """Return JSON data with secrets redacted: fields with suspicious names, and parts of texts that resemble tokens."""
    if isinstance(value, dict):

        def is_plain(name: str, each: Any) -> bool:
            return each is None or isinstance(each, bool) or (name.endswith("_url") and isinstance(each, str))

        return {
            name: HIDDEN if _SECRET.search(name) and not is_plain(name, each) else without_secrets(each, scrub)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(each, scrub) for each in value]
    return scrub(value) if isinstance(value, str) else value
