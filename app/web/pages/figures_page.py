"""`/figures`: per month, times to restore and to each step, the share within the SLA, hotfixes and rollbacks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from app.web.pages.page_access import Hidden, Viewer
from app.web.pages.rendering import length, page
from hotfix.life.figures import Figures, Measured, by_month, figures_of
from hotfix.render.bar_chart import Bar, bar_chart

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

DAY = 86_400
PERIODS = {"90d": ("the last 90 days", 90 * DAY), "1y": ("the last year", 365 * DAY), "all": ("all time", 0)}


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart, and its data as a table."""

    title: str
    chart: Markup
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return the figures of all repositories that the viewer can read, or of one of them."""
    with pages.parts.context.read() as connection:
        known = pages.records.measured(connection)
    repos = sorted(pages.permissions.readable(viewer, (name for name, _ in known)), key=str.casefold)
    wanted = request.query_params.get("repo", "")
    if wanted and wanted.casefold() not in {repo.casefold() for repo in repos}:
        raise Hidden
    period = request.query_params.get("since", "1y")
    words, seconds = PERIODS.get(period, PERIODS["1y"])
    since = datetime.fromtimestamp(time.time() - seconds if seconds else 0.0, UTC)
    shown = {repo for repo in repos if not wanted or repo.casefold() == wanted.casefold()}
    measured = [one for name, one in known if name in shown and one.declared_at >= since]
    months = {month: figures_of(some) for month, some in by_month(measured).items()}
    return page(
        "figures.html", viewer=viewer, repos=repos, wanted=wanted, period=period, periods=PERIODS, words=words,
        total=figures_of(measured), plots=_plots(months, measured) if months else (), url=str(request.url.path),
    )  # fmt: skip


def _plots(months: Mapping[str, Figures], measured: Sequence[Measured]) -> tuple[Plot, ...]:
    restore = {month: one.medians["restore"] for month, one in months.items()}
    shipped = _counts(months, [one.shipped_at for one in measured])
    rolled_back = _counts(months, [one.rolled_back_at for one in measured])
    return (
        Plot(
            "Median time to restore, by month of declaration",
            _chart("Median time to restore", [
                Bar(month, taken.total_seconds() if taken is not None else None, _time(taken))
                for month, taken in restore.items()
            ]),
            ("Month", "Median time to restore", "Incidents"),
            tuple((month, _time(taken), str(months[month].incidents)) for month, taken in restore.items()),
        ),
        Plot(
            "Within the SLA, by month of declaration",
            _chart("Share of incidents within the SLA", [
                Bar(month, one.within_sla[0] / one.within_sla[1] if one.within_sla[1] else None, _share(one))
                for month, one in months.items()
            ]),
            ("Month", "Within the SLA", "Of"),
            tuple((month, str(one.within_sla[0]), str(one.within_sla[1])) for month, one in months.items()),
        ),
        _counted("Hotfixes that reached production", "Hotfixes", shipped),
        _counted("Rollbacks", "Rollbacks", rolled_back, colour=1),
    )  # fmt: skip


def _counted(title: str, what: str, counts: Mapping[str, int], colour: int = 0) -> Plot:
    bars = [Bar(month, count, str(count)) for month, count in counts.items()]
    rows = tuple((month, str(count)) for month, count in counts.items())
    return Plot(title, _chart(f"{what} per month", bars, colour=colour), ("Month", what), rows)


def _counts(months: Mapping[str, Figures], times: Sequence[datetime | None]) -> dict[str, int]:
    """Count the times per month. Later months are added, as a hotfix for an incident of May may ship in June."""
    found = [f"{at:%Y-%m}" for at in times if at is not None]
    return {month: found.count(month) for month in sorted({*months, *found})}


def _chart(title: str, bars: Sequence[Bar], colour: int = 0) -> Markup:
    return Markup(bar_chart(title, bars[-24:], colour=colour))  # noqa: S704 - bar_chart escapes its texts


def _time(taken: timedelta | None) -> str:
    return length(taken.total_seconds()) if taken is not None else "–"


def _share(one: Figures) -> str:
    kept, of = one.within_sla
    return f"{round(100 * kept / of)} %" if of else "–"
