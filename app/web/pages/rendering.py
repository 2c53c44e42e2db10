"""Render the templates, escaped, with headers that restrict browsers to this service's own scripts and styles."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from hotfix.text import durations
from hotfix.text.sentences import capitalized

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Cookie, Authorization, Accept",
}
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """Render a template as a response."""
    body = _templates().get_template(template).render(now=time.time(), **values)
    return HTMLResponse(body, status, {**HEADERS, **(headers or {})})


def not_found() -> Response:
    """Return the page that is shown for a missing page and for one that the viewer may not see."""
    reason = "There is no such page, or you have no access to it."
    return page("refused.html", 404, title="Not found", reason=reason)


def static(name: str) -> Response:
    """Return a file of `static/`, or 404 if it does not exist."""
    found = _files().get(name)
    if found is None:
        return Response(status_code=404)
    content, _ = found
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)


def moment(at: float) -> Markup:
    """Return an absolute time with its time zone."""
    when = datetime.fromtimestamp(at, UTC)
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(timespec="seconds"), durations.moment(when))


def clock_time(at: float, now: float) -> Markup:
    """Return the time of day, with the date unless it is today."""
    when, today = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(now, UTC).date()
    shown = when.strftime("%H:%M UTC" if when.date() == today else "%b %d, %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(timespec="seconds"), shown)


def day(at: float) -> str:
    """Return the date in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def time_of_day(at: float) -> Markup:
    """Return the time of day with its time zone."""
    when = datetime.fromtimestamp(at, UTC)
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(timespec="seconds"), f"{when:%H:%M} UTC")


def length(seconds: float) -> str:
    """Return a duration in its two largest units: `2 h 5 min`."""
    left = int(abs(seconds))
    if left < 60:
        return f"{left} s"
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(filter(None, parts[:2]))


def sentence(text: str, names: Collection[str] = ()) -> Markup:
    """Return a sentence with its first letter capitalized, unless it begins with a name, and backticks as code."""
    return prose(capitalized(text, names))


def prose(words: str) -> Markup:
    """Return escaped text, with code in backticks as `<code>` elements."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return escape(words)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return the static files by name, each with the fingerprint used in its URL."""
    found = {}
    for path in (FOLDER / "static").iterdir():
        if path.suffix in _TYPES:
            content = path.read_bytes()
            found[path.name] = (content, hashlib.sha256(content).hexdigest()[:12])
    return found


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "moment": moment, "clock_time": clock_time, "time_of_day": time_of_day, "day": day, "span": length,
        "prose": prose, "sentence": sentence,
    }  # fmt: skip
    made.globals["static"] = lambda name: f"/static/{name}?v={_files()[name][1]}"
    return made
