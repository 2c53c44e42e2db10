"""The web flow by which users log in through an App: the authorization page and the exchange of its code."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from tests.github.server.pages.oauth_state import Grant
from tests.github.server.pages.site import HTML, Visit, page
from tests.github.server.routing import Answer, Problem
from tests.github.server.state import JSON, Account, App, Repo, Token
from tests.github.server.world import World

CODE_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(hours=8)
DOCS = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"


def load() -> None:
    """Do nothing: importing this module registers its pages."""


@page("GET", "/login/oauth/authorize")
def ask(at: Visit) -> Answer:
    """Show the authorization page, unless the user has already authorized this App."""
    app = _app(at)
    if (at.user.id, app.id) in at.world.oauth.allowed:
        return _back(at, app)
    name = html.escape(app.name)
    body = (
        f"<!doctype html><title>Authorize {name}</title><h1>Authorize {name}</h1>"
        f"<p>{name} requests to verify your GitHub identity ({html.escape(at.user.login)}).</p>"
        "<p>This GitHub is simulated.</p>"
        f'<form method="post"><button>Authorize {name}</button></form>'
    )
    return Answer(200, body.encode(), dict(HTML))


@page("POST", "/login/oauth/authorize")
def allow(at: Visit) -> Answer:
    app = _app(at)
    at.world.oauth.allowed.add((at.user.id, app.id))
    return _back(at, app)


@page("POST", "/login/oauth/access_token")
def exchange(at: Visit) -> Answer:
    """Exchange a code for the user's token. An error is also a 200, with `error`."""
    answer = _exchanged(at)
    if "application/json" in at.accept:
        return Answer(200, answer)
    return Answer(200, urlencode(answer).encode(), {"content-type": "application/x-www-form-urlencoded"})


def _app(at: Visit) -> App:
    app = next((one for one in at.world.apps.values() if one.client_id == at.query.get("client_id")), None)
    if app is None:
        raise Problem(404, "Not Found")
    uri = at.query.get("redirect_uri")
    if uri is not None and uri not in app.callback_urls:
        raise Problem(400, "Be careful! The redirect_uri is not associated with this application.")
    return app


def _back(at: Visit, app: App) -> Answer:
    uri = at.query.get("redirect_uri") or app.callback_urls[0]
    grant = Grant(app, at.user, uri, at.query.get("code_challenge", ""), at.world.clock.now())
    query = {"code": at.world.oauth.code(grant), "state": at.query.get("state", "")}
    return Answer(302, b"", {"location": f"{uri}?{urlencode(query)}"})


def _exchanged(at: Visit) -> JSON:
    form = at.form
    app = next((one for one in at.world.apps.values() if one.client_id == form.get("client_id")), None)
    if app is None or not secrets.compare_digest(app.client_secret, form.get("client_secret", "")):
        return _error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    grant = at.world.oauth.codes.pop(form.get("code", ""), None)
    if grant is None or grant.app is not app or at.world.clock.now() - grant.made_at > CODE_LASTS:
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        return _error("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL.")
    verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if grant.challenge and base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != grant.challenge:
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    return {
        "access_token": user_token(at.world, app, grant.user).text,
        "expires_in": int(TOKEN_LASTS.total_seconds()),
        "refresh_token": f"ghr_{secrets.token_hex(38)}",
        "refresh_token_expires_in": 15_811_200,
        "scope": "",
        "token_type": "bearer",
    }


def user_token(world: World, app: App, user: Account) -> Token:
    """Return a user-to-server token: of the private repositories, it reaches those that the App is installed on."""

    def reaches(repo: Repo) -> bool:
        return any(one.app is app and one.covers(repo) for one in world.installations.values())

    token = Token(
        f"ghu_{secrets.token_hex(18)}", "user", user, expires_at=world.clock.now() + TOKEN_LASTS, reaches=reaches
    )
    world.tokens[token.text] = token
    world.oauth.tokens.append((app, token))
    return token


def _error(name: str, description: str) -> JSON:
    return {"error": name, "error_description": description, "error_uri": f"{DOCS}#{name.replace('_', '-')}"}
