"""Routes of the App itself: installations, tokens, webhook deliveries."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.github.server.auth import LEVELS
from tests.github.server.clock import iso
from tests.github.server.hooks import Delivery
from tests.github.server.routing import Answer, Problem, Request, invalid, route
from tests.github.server.show import people
from tests.github.server.show.repos import full
from tests.github.server.state import JSON, App, Installation, Repo

APP = ("app",)
KEPT = timedelta(days=3)
"""Period for which GitHub lists deliveries and can redeliver them."""


def _app(call: Request) -> App:
    assert call.actor.app is not None
    return call.actor.app


def _installation(call: Request) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app is not _app(call):
        raise Problem(404, "Integration not found")
    return found


@route("GET", "/app", who=APP)
def get_app(call: Request) -> JSON:
    count = sum(i.app is _app(call) for i in call.world.installations.values())
    return {**people.app(call.world, _app(call)), "installations_count": count}


@route("POST", "/app-manifests/{code}/conversions", status=201)
def convert_manifest(call: Request) -> JSON:
    """Return an App with its secrets, which no other route returns; the code can be used once, within an hour."""
    app, made_at = call.world.manifest_codes.pop(call.params["code"], (None, None))
    if app is None or made_at is None or call.world.clock.now() - made_at > timedelta(hours=1):
        raise Problem(404, "Not Found")
    return {
        **people.app(call.world, app),
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_pem,
    }


@route("DELETE", "/applications/{client_id}/token", who=("client",), status=204)
def delete_user_token(call: Request) -> None:
    """Revoke one user's token; 422 if the token isn't the App's or has expired."""
    app = _app(call)
    if call.params["client_id"] != app.client_id:
        raise Problem(404, "Not Found")
    found = [token for of, token in call.world.oauth.tokens if of is app and token.text == call.body["access_token"]]
    if not found or found[0].revoked:
        raise invalid("OauthAccess", "access_token")
    found[0].revoked = True


@route("GET", "/app/installations", who=APP)
def list_installations(call: Request) -> Answer:
    own = [i for i in call.world.installations.values() if i.app is _app(call)]
    return call.listed(own, lambda i: people.installation(call.world, i))


@route("GET", "/app/installations/{installation_id}", who=APP)
def get_installation(call: Request) -> JSON:
    return people.installation(call.world, _installation(call))


@route("POST", "/app/installations/{installation_id}/access_tokens", who=APP, status=201)
def create_token(call: Request) -> JSON:
    installation = _installation(call)
    if installation.suspended_at:
        raise Problem(403, "This installation has been suspended")
    wanted = call.body.get("permissions") or dict(installation.permissions)
    for name, level in wanted.items():
        if LEVELS.get(level, 9) > LEVELS.get(installation.permissions.get(name, ""), 0):
            raise Problem(422, "The permissions requested are not granted to this installation.")
    repos = _asked_repos(call, installation)
    ids = None if repos is None else {repo.id for repo in repos}
    token = call.world.installation_token(installation, {"metadata": "read", **wanted}, ids)
    assert token.expires_at is not None
    answer: JSON = {
        "token": token.text,
        "expires_at": iso(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected" if repos is not None else installation.selection,
    }
    if repos is not None:
        answer["repositories"] = [full(call.world, repo, call.actor.account) for repo in repos]
    return answer


def _asked_repos(call: Request, installation: Installation) -> list[Repo] | None:
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and ids is None:
        return None
    owner = installation.account.login
    found = [call.world.repos.get(f"{owner}/{name}".casefold()) for name in names or []]
    found += [call.world.repos_by_id.get(number) for number in ids or []]
    sound = [repo for repo in found if repo is not None and installation.covers(repo)]
    if len(sound) != len(found):
        raise Problem(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return sound


@route("GET", "/repos/{owner}/{repo}/installation", who=APP, role="none")
def repo_installation(call: Request) -> JSON:
    for one in call.world.installations.values():
        if one.app is _app(call) and one.covers(call.repo):
            return people.installation(call.world, one)
    raise Problem(404, "Not Found")


@route("GET", "/orgs/{org}/installation", who=APP)
@route("GET", "/users/{username}/installation", who=APP)
def account_installation(call: Request) -> JSON:
    account = call.world.find_account(call.params.get("org") or call.params["username"])
    found = call.world.installation_for(_app(call), account)
    if found is None:
        raise Problem(404, "Not Found")
    return people.installation(call.world, found)


@route("GET", "/installation/repositories", who=("installation",))
def installation_repositories(call: Request) -> Answer:
    installation, token = call.actor.installation, call.actor.token
    assert installation is not None
    assert token is not None
    repos = [
        repo
        for repo in call.world.repos_by_id.values()
        if installation.covers(repo) and (token.repo_ids is None or repo.id in token.repo_ids)
    ]
    answer = call.listed(repos, lambda r: full(call.world, r, call.actor.account), "repositories")
    answer.body["repository_selection"] = installation.selection
    return answer


@route("DELETE", "/installation/token", who=("installation",), status=204)
def revoke_token(call: Request) -> None:
    assert call.actor.token is not None
    call.actor.token.revoked = True


@route("GET", "/app/hook/config", who=APP)
def hook_config(call: Request) -> JSON:
    app = _app(call)
    shown = {"content_type": app.webhook_content_type, "insecure_ssl": app.webhook_insecure_ssl}
    shown |= {"secret": "********"} if app.webhook_secret else {}
    return {**shown, "url": app.webhook_url} if app.webhook_url else shown


# --- deliveries ---


def _item(one: Delivery) -> JSON:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": one.delivered_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "redelivery": one.redelivery,
        "duration": round(one.duration, 3),
        "status": one.status,
        "status_code": one.status_code or 0,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repo_id,
        "throttled_at": None,
    }


def _deliveries(call: Request) -> list[Delivery]:
    """Return the App's deliveries, newest first."""
    oldest = call.world.clock.now() - KEPT
    found = reversed(call.world.hooks.deliveries)
    return [d for d in found if d.app is _app(call) and d.attempted and d.delivered_at > oldest]


def _delivery(call: Request) -> Delivery:
    wanted = call.number("delivery_id")
    for one in _deliveries(call):
        if one.id == wanted:
            return one
    raise Problem(404, "Not Found")


@route("GET", "/app/hook/deliveries", who=APP)
def list_deliveries(call: Request) -> Answer:
    found = _deliveries(call)
    cursor = call.query.get("cursor")
    if cursor:
        try:
            before = int(cursor.removeprefix("v1_"))
        except ValueError:
            raise Problem(400, "Invalid cursor") from None
        found = [d for d in found if d.id <= before]
    wanted = call.query.get("status")
    if wanted:
        found = [d for d in found if (200 <= (d.status_code or 0) < 300) == (wanted == "success")]
    each = max(1, min(int(call.query.get("per_page", 30)), 100))
    headers = {}
    if len(found) > each:
        headers["link"] = f'<{call.link(cursor=f"v1_{found[each].id}")}>; rel="next"'
    return Answer(200, [_item(d) for d in found[:each]], headers)


@route("GET", "/app/hook/deliveries/{delivery_id}", who=APP)
def get_delivery(call: Request) -> JSON:
    one = _delivery(call)
    return {
        **_item(one),
        "url": one.app.webhook_url,
        "request": {"headers": one.headers, "payload": json.loads(one.body)},
        "response": {"headers": one.answer_headers, "payload": one.answer},
    }


@route("POST", "/app/hook/deliveries/{delivery_id}/attempts", who=APP, status=202)
def redeliver(call: Request) -> JSON:
    call.world.hooks.again(_delivery(call))
    return {}
