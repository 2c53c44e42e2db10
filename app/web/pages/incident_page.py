"""`/OWNER/REPO/incidents/N`: one incident, from declaration to post-mortem."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from app.storage import snapshots
from app.web.pages import drawing
from app.web.pages.page_access import Hidden, Viewer
from app.web.pages.rendering import page

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

NUMBER = re.compile(r"[0-9]{1,9}")
MOST_PLOTS = 6
"""Maximum number of plots of deployments' measurements; the newest are shown."""


def subject(request: Request) -> tuple[str, int]:
    """Return the repository and number in a page's path. Raises Hidden for a number that cannot exist on GitHub."""
    parts = request.path_params
    if not NUMBER.fullmatch(parts["number"]):
        raise Hidden
    return f"{parts['owner']}/{parts['repo']}", int(parts["number"])


def draw(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return the page. Raises Hidden if there is no such incident, or the viewer cannot read it."""
    repo, number = subject(request)
    pages.permissions.require(viewer, repo)
    with pages.parts.context.read() as connection:
        found = snapshots.known(connection, repo, number)
    if found is None or found.kind != snapshots.INCIDENT:
        raise Hidden
    github = f"{pages.parts.settings.github_url}/{found.name}"
    return page(
        "incident.html", viewer=viewer, name=found.name, number=number, card=found.card, life=found.page,
        read_at=found.at, seen=found.at, url=f"/{found.name}/incidents/{number}", github=github,
        bar=drawing.stage_bar(_spans(found.page["periods"], closed=not found.open)),
        plots=[drawing.line_plot(one) for one in measured(found.page)],
    )  # fmt: skip


def measured(life: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the measurements of the newest deployments, then those of the watch after deployment."""
    found = [
        {**series, "name": f"{series['name']}, deploying {one['name']} to {one['environment']}"}
        for one in life["deployments"]
        for series in one.get("series", ())
    ]
    return [*found[-MOST_PLOTS:], *(life["watch"] or {}).get("series", ())]


def _spans(periods: list[dict[str, Any]], *, closed: bool) -> list[tuple[str, float]]:
    """Return each stage with its duration in seconds; the current stage lasts until now."""
    now = time.time()
    spans = [(one["stage"], max(0.0, (one["until"] or now) - one["since"])) for one in periods]
    return spans[:-1] if closed and len(spans) > 1 else spans
