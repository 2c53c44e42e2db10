"""Authentication and authorization: App JWTs, installation tokens, users, a workflow's own token."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

import jwt
from jwt.types import Options

from tests.github.server.routing import Actor, Problem, Route
from tests.github.server.state import Account, App, Repo, Token, at_least

if TYPE_CHECKING:
    from tests.github.server.world import World

LEVELS = {"read": 1, "write": 2, "admin": 3}
EXP_WRONG = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which it expires"
IAT_WRONG = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
JWT_MAX = 600
JWT_DRIFT = 60
"""Seconds by which `iat` may be in the future."""


def credential(headers: dict[str, str]) -> str | None:
    """Return the token in the Authorization header: `Bearer X`, `token X`, or Basic (as git sends it)."""
    value = headers.get("authorization", "")
    scheme, _, rest = value.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest).decode().partition(":")
        except ValueError:
            return ""
        return password if password not in ("", "x-oauth-basic") else user
    return None


def _client(world: World, headers: dict[str, str]) -> App | None:
    """Return the App whose client ID and secret are sent as Basic credentials."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(rest).decode().partition(":")
    except ValueError:
        return None
    app = next((one for one in world.apps.values() if one.client_id == client_id), None)
    return app if app is not None and secrets.compare_digest(app.client_secret, secret) else None


def identify(world: World, headers: dict[str, str]) -> Actor:
    if client := _client(world, headers):
        return Actor("client", None, client)
    text = credential(headers)
    if text is None:
        return Actor("anonymous")
    if text.count(".") == 2:
        return _app(world, text)
    token = world.tokens.get(text)
    if token is None or token.revoked or token.account.deleted:
        raise Problem(401, "Bad credentials")
    if token.expires_at and token.expires_at <= world.clock.now():
        raise Problem(401, "Bad credentials")
    if token.installation and token.installation.suspended_at:
        raise Problem(403, "This installation has been suspended")
    app = token.installation.app if token.installation else None
    if token.kind == "actions":
        app = world.builtin_app()
    return Actor(token.kind, token.account, app, token.installation, token)


def _app(world: World, text: str) -> Actor:
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
        if jwt.get_unverified_header(text).get("alg") != "RS256":
            raise Problem(401, "A JSON web token could not be decoded")
    except jwt.InvalidTokenError:
        raise Problem(401, "A JSON web token could not be decoded") from None
    issuer = str(claims.get("iss", ""))
    app = next((a for a in world.apps.values() if issuer in (str(a.id), a.client_id)), None)
    if app is None:
        raise Problem(401, "Integration not found" if issuer else "'Issuer' claim ('iss') must be present")
    seen = world.checked_jwts.get(text)
    if seen is None:
        try:
            options: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
            jwt.decode(text, app.public_key, algorithms=["RS256"], options=options)
        except jwt.InvalidTokenError:
            raise Problem(401, "A JSON web token could not be decoded") from None
        world.checked_jwts[text] = app.id
    now = world.clock.now().timestamp()
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(expires, int):
        raise Problem(401, EXP_WRONG)
    if not isinstance(issued, int) or issued > now + JWT_DRIFT:
        raise Problem(401, IAT_WRONG)
    if expires <= now:
        raise Problem(401, EXP_WRONG)
    if expires > now + JWT_MAX + 10:
        raise Problem(401, "'Expiration time' claim ('exp') is too far in the future")
    return Actor("app", app.bot, app)


def role_of(account: Account | None, repo: Repo) -> str:
    """Return the account's highest role in a repository by ownership, collaboration, teams and visibility."""
    best = "none" if repo.private else "pull"
    if account is None or account.deleted:
        return best
    if account is repo.owner or account.site_admin or repo.owner.members.get(account.id) == "admin":
        return "admin"
    roles = [best, repo.collaborators.get(account.id, "none")]
    if account.id in repo.owner.members:
        roles.append("pull")
    roles += [t.repos[repo.id] for t in repo.owner.teams.values() if account.id in t.members and repo.id in t.repos]
    return next(role for role in ("admin", "maintain", "push", "triage", "pull", "none") if role in roles)


def holds(token: Token, name: str, level: str) -> bool:
    return LEVELS.get(token.permissions.get(name, ""), 0) >= LEVELS[level]


def covers(token: Token, repo: Repo) -> bool:
    if token.kind == "actions":
        return repo.id in (token.repo_ids or ())
    assert token.installation is not None
    return token.installation.covers(repo) and (token.repo_ids is None or repo.id in token.repo_ids)


def may(actor: Actor, repo: Repo, needs: tuple[tuple[str, str], ...], role: str) -> None:
    """Raise 404 if the actor may not see the repository, 403 if it may see it but not perform the action."""
    token = actor.token
    if actor.kind in ("installation", "actions") and token is not None:
        if not covers(token, repo):
            if repo.private or role != "pull":
                raise Problem(404, "Not Found") if repo.private else _forbidden(needs)
            return
        if needs and not any(holds(token, name, level) for name, level in needs):
            raise _forbidden(needs)
        return
    have = role_of(actor.account, repo)
    if token is not None and repo.private and token.reaches is not None and not token.reaches(repo):
        have = "none"
    if have == "none":
        raise Problem(404, "Not Found")
    if actor.kind == "anonymous" and role != "pull":
        raise Problem(401, "Requires authentication")
    if not at_least(have, role):
        raise Problem(403, "Must have admin rights to Repository." if role == "admin" else "Resource not accessible")


def _forbidden(needs: tuple[tuple[str, str], ...]) -> Problem:
    wanted = "; ".join(f"{name}={level}" for name, level in needs)
    return Problem(403, "Resource not accessible by integration", x_accepted_github_permissions=wanted)


def allow(actor: Actor, route: Route, repo: Repo | None) -> None:
    if route.who and actor.kind not in route.who:
        if actor.kind == "anonymous":
            raise Problem(401, "Requires authentication")
        if "app" in route.who:
            raise Problem(401, "A JSON web token could not be decoded")
        raise Problem(403, "Resource not accessible by integration")
    if "app" in route.who or "client" in route.who:
        return
    if actor.kind in ("app", "client"):
        raise Problem(401, "Bad credentials")
    if repo is not None and route.role is not None:
        may(actor, repo, route.needs, route.role)
    elif repo is None and route.needs and actor.kind in ("installation", "actions"):
        assert actor.token is not None
        if not any(holds(actor.token, name, level) for name, level in route.needs):
            raise _forbidden(route.needs)
