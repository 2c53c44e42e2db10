"""Log in with the GitHub App, and log out. The browser gets a random cookie; GitHub's token stays on the server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.storage import sessions
from app.storage.sessions import Session
from app.web.pages.rendering import HEADERS, page
from hotfix.github.transport import user_login
from hotfix.github.transport.errors import GitHubError, NotPermitted

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

log = structlog.get_logger(part="pages")

COOKIE = "hotfix_session"
STARTED = "hotfix_login"
"""The cookie of a login in progress: the PKCE verifier, which ties it to this browser, and the page to return to."""
LASTS = 600
CALLBACK = "/login/callback"


def session_of(pages: Pages, request: Request) -> Session | None:
    """Return the session of a request; None if there is none."""
    cookie = request.cookies.get(COOKIE, "")
    key = pages.client_secret
    if not cookie or not key or len(cookie) > 100:
        return None
    with pages.parts.context.read() as connection:
        return sessions.find(connection, cookie, key=key, now=time.time())


async def begin(pages: Pages, request: Request) -> Response:
    """Redirect the browser to GitHub."""
    if not pages.can_log_in:
        return page("refused.html", 404, title="Login is not set up", reason=pages.how_to_log_in)
    verifier = secrets.token_urlsafe(48)
    target = _local(request.query_params.get("next", ""))
    where = user_login.authorization_url(
        pages.parts.settings.github_url, pages.parts.settings.client_id, _callback_url(pages, request),
        state=_state(verifier), verifier=verifier,
    )  # fmt: skip
    answer = RedirectResponse(where, 303, HEADERS)
    value = urlencode({"verifier": verifier, "next": target})
    answer.set_cookie(STARTED, quote(value), max_age=LASTS, **_cookie(pages, "/login"))
    return answer


async def finish(pages: Pages, request: Request) -> Response:
    """Exchange GitHub's code for a token and begin a session. If any step fails, no session begins."""
    if not pages.can_log_in:
        return page("refused.html", 404, title="Login is not set up", reason=pages.how_to_log_in)
    started = parse_qs(unquote(request.cookies.get(STARTED, "")))
    verifier, target = started.get("verifier", [""])[0], _local(started.get("next", [""])[0])
    state = request.query_params.get("state", "")
    if not verifier or not hmac.compare_digest(state.encode(), _state(verifier).encode()):
        return _refused("This login did not begin in this browser, or took longer than ten minutes.", 403)
    if "error" in request.query_params:
        return _refused("GitHub did not confirm the login, so it was refused.", 403)
    try:
        login, token = await asyncio.to_thread(_ask, pages, request, verifier)
    except NotPermitted as error:
        return _refused(str(error), 403)
    except GitHubError as error:
        return _refused(f"{error} Try again in a moment.", 503)
    cookie, now = sessions.new_cookie(), time.time()
    before = session_of(pages, request)
    await pages.write(lambda c: sessions.begin(c, cookie, login, token, key=pages.client_secret, now=now))
    if before is not None:
        await _end(pages, before)
    log.info("login", login=login)
    answer = RedirectResponse(target, 303, HEADERS)
    answer.delete_cookie(STARTED, **_cookie(pages, "/login"))
    answer.set_cookie(COOKIE, cookie, max_age=int(sessions.LONGEST), **_cookie(pages, "/"))
    return answer


async def log_out(pages: Pages, request: Request) -> Response:
    """End the session and revoke its token at GitHub, so that neither the cookie nor the token is valid any longer."""
    session = await asyncio.to_thread(session_of, pages, request)
    if session is not None:
        await _end(pages, session)
        log.info("logout", login=session.login)
    answer = RedirectResponse("/", 303, HEADERS)
    answer.delete_cookie(COOKIE, **_cookie(pages, "/"))
    return answer


async def _end(pages: Pages, session: Session) -> None:
    """End a session and revoke its token at GitHub. If revocation fails, the token expires after eight hours."""
    await pages.write(lambda c: sessions.end(c, session.id))
    pages.permissions.forget(session.id)
    settings = pages.parts.settings
    try:
        await asyncio.to_thread(
            user_login.revoke, settings.github_api_url, settings.client_id, pages.client_secret, session.token
        )
    except GitHubError as error:
        log.warning("token not revoked", login=session.login, why=str(error))


def login_url(request: Request) -> str:
    """Return the login URL that leads back to the page of this request."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/login?{urlencode({'next': request.url.path + query})}"


def _ask(pages: Pages, request: Request, verifier: str) -> tuple[str, str]:
    """Return the user's login and token. Raises NotPermitted, GitHubError."""
    settings = pages.parts.settings
    token = user_login.exchange(
        settings.github_url, settings.client_id, pages.client_secret,
        code=request.query_params.get("code", ""), redirect_uri=_callback_url(pages, request), verifier=verifier,
    )  # fmt: skip
    return user_login.login_of(pages.parts.context.github.as_user(token)), token


def _state(verifier: str) -> str:
    """Return the OAuth `state` parameter, derived from the verifier that only this browser holds."""
    return hashlib.sha256(f"state {verifier}".encode()).hexdigest()


def _callback_url(pages: Pages, request: Request) -> str:
    base = pages.parts.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return base + CALLBACK


def _cookie(pages: Pages, path: str) -> dict[str, Any]:
    """Return the attributes of the cookies for a path of this service."""
    secure = pages.parts.settings.public_url.startswith("https:")
    return {"path": path, "httponly": True, "samesite": "lax", "secure": secure}


def _local(target: str) -> str:
    """Return the target if it is a path of this service, `/` otherwise."""
    inside = target.startswith("/") and not target.startswith("//")
    return target if inside and target.isprintable() and "\\" not in target else "/"


def _refused(reason: str, status: int) -> Response:
    return page("refused.html", status, title="You are not logged in", reason=reason)
