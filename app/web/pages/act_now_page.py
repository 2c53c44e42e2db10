"""`/`: the page "Act now", who must act on what, then open debts; for visitors who are not logged in, an about page."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.queue import intake
from app.storage import snapshots
from app.web.pages.page_access import Viewer
from app.web.pages.page_records import Row
from app.web.pages.rendering import HEADERS, page
from hotfix.life.stages import Stage

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

SHOWN = 50
"""Rows per page."""
_OWING = frozenset({Stage.FOLLOW_UP, Stage.CLOSED, Stage.VERIFIED})


def draw(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return the page, with the repositories that this viewer can read."""
    with pages.parts.context.read() as connection:
        known, seen = pages.records.open_rows(connection)
    repos = set(pages.permissions.readable(viewer, (row.name for row in known)))
    rows = [row for row in known if row.name in repos]
    acting = _acting(rows)
    owing = [row for row in rows if row.kind == snapshots.INCIDENT and row.card["debts"]]
    owing.sort(key=lambda row: min(debt["due"] for debt in row.card["debts"]))
    given = request.query_params.get("from", "")
    first = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0
    if first >= len(acting):
        first = 0
    return page(
        "act_now.html", viewer=viewer, seen=seen, acting=acting[first : first + SHOWN], total=len(acting), first=first,
        more=first + SHOWN if len(acting) > first + SHOWN else None, owing=owing[:SHOWN],
        owed=sum(len(row.card["debts"]) for row in owing), owing_left=max(0, len(owing) - SHOWN), many=len(repos) != 1,
    )  # fmt: skip


def _acting(rows: list[Row]) -> list[Row]:
    """Return the rows that need action: incidents before the follow-up stage, and hotfixes without an incident.

    The most severe incidents come first, then the earliest due; what has no severity comes last.
    """
    incidents = [row for row in rows if row.kind == snapshots.INCIDENT]
    covered = {(row.name, number) for row in incidents for number in row.card["pulls"]}
    shown = [
        row
        for row in rows
        if (row.kind == snapshots.INCIDENT and row.card["stage"] not in _OWING)
        or (row.kind == snapshots.PULL and (row.name, row.number) not in covered)
    ]
    return sorted(shown, key=lambda row: row.card.get("severity") or "P9")


def about(pages: Pages, request: Request) -> Response:
    """Return version, App and last webhook, as a page for browsers and as JSON otherwise."""
    context, settings = pages.parts.context, pages.parts.settings
    latest = pages.parts.webhooks.latest
    last = (latest.event, latest.at) if latest.event else None
    if last is None:
        with context.read() as connection:
            last = intake.last_taken(connection)
    if "text/html" in request.headers.get("accept", ""):
        return page(
            "about.html", viewer=None, version=version("hotfix-workflow"), app=context.me.slug or context.me.app_id,
            last=last, can_log_in=pages.can_log_in, has_token=bool(settings.pages_token.get_secret_value()),
            github=urlsplit(settings.github_url).netloc, how=pages.how_to_log_in,
        )  # fmt: skip
    at = datetime.fromtimestamp(last[1], UTC).isoformat(timespec="seconds") if last else ""
    return JSONResponse(
        {
            "service": "hotfix",
            "version": version("hotfix-workflow"),
            "app": {"id": context.me.app_id, "slug": context.me.slug or None},
            "last_webhook": {"event": last[0], "received_at": at} if last else None,
        },
        headers=HEADERS,
    )
