"""The pages for registering an App from a manifest and installing it.

Requests act as the user set by `sign_in`. The pages contain the minimum for the flow, and reject what GitHub rejects.
"""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.github.server import acts
from tests.github.server.auth import LEVELS
from tests.github.server.routing import Answer, Problem
from tests.github.server.state import JSON, Account, App
from tests.github.server.world import World

HTML = {"content-type": "text/html; charset=utf-8"}
NOT_IN_MANIFESTS = {"installation", "installation_repositories", "ping", "meta"}


@dataclass(frozen=True)
class Visit:
    """One request of a browser."""

    world: World
    query: dict[str, str]
    form: dict[str, str]
    accept: str = ""

    @property
    def user(self) -> Account:
        if self.world.signed_in is None:
            raise Problem(403, "Sign in to GitHub")
        return self.world.signed_in


Page = Callable[..., Answer]
PAGES: list[tuple[str, re.Pattern[str], Page]] = []


def page(method: str, pattern: str) -> Callable[[Page], Page]:
    def register(handler: Page) -> Page:
        PAGES.append((method, re.compile(pattern), handler))
        return handler

    return register


def visit(world: World, method: str, path: str, query: bytes, raw: bytes, accept: str = "") -> Answer | None:
    """Return the page at a path; None if there is none."""
    for wanted, pattern, handler in PAGES:
        if wanted == method and (match := pattern.fullmatch(path)):
            form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
            try:
                return handler(Visit(world, dict(parse_qsl(query.decode())), form, accept), **match.groupdict())
            except Problem as problem:
                message = html.escape(str(problem.body.get("message", "")))
                return Answer(problem.status, _html(f"<h1>{message}</h1>"), dict(HTML))
    return None


@page("POST", r"(?:/organizations/(?P<org>[\w-]+))?/settings/apps/new")
def show_manifest(at: Visit, org: str | None) -> Answer:
    """Check the manifest as GitHub does, and show the page that creates the App."""
    owner = at.world.find_org(org) if org else at.user
    if org and owner.members.get(at.user.id) != "admin":
        raise Problem(404, "Not Found")
    manifest = _manifest(at.form.get("manifest", ""))
    draft = secrets.token_hex(8)
    at.world.manifests[draft] = (manifest, owner, at.query.get("state", ""))
    listed = "".join(f"<li>{html.escape(k)}: {html.escape(v)}</li>" for k, v in manifest["default_permissions"].items())
    return Answer(
        200,
        _html(
            f"<h1>Create GitHub App for @{html.escape(owner.login)}</h1><ul>{listed}</ul>"
            f'<form method="post" action="/settings/apps/manifest"><input type="hidden" name="draft" value="{draft}">'
            f'<label>Name <input name="name" value="{html.escape(manifest["name"])}"></label>'
            "<button>Create GitHub App</button></form>"
        ),
        dict(HTML),
    )


@page("POST", r"/settings/apps/manifest")
def create_from_manifest(at: Visit) -> Answer:
    """Create the App and send the browser back with a code."""
    manifest, owner, state = at.world.manifests.pop(at.form.get("draft", ""), (None, None, ""))
    if manifest is None or owner is None:
        raise Problem(404, "Not Found")
    name = at.form.get("name") or manifest["name"]
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if any(app.slug == slug for app in at.world.apps.values()):
        raise Problem(422, "Name is already taken")
    app = at.world.create_app(slug, owner, manifest["default_permissions"], manifest["default_events"])
    app.name = name
    app.webhook_url = manifest["hook_attributes"]["url"]
    app.callback_urls = tuple(manifest.get("callback_urls", ()))
    code = secrets.token_hex(20)
    at.world.manifest_codes[code] = (app, at.world.clock.now())
    return _redirect(manifest["redirect_url"], code=code, state=state)


@page("GET", r"/apps/(?P<slug>[\w-]+)/installations/new")
def ask_to_install(at: Visit, slug: str) -> Answer:
    app = _app(at.world, slug)
    account = html.escape(app.owner.login)
    return Answer(
        200,
        _html(
            f'<h1>Install {html.escape(app.name)}</h1><form method="post"><button>Install on {account}</button></form>'
        ),
        dict(HTML),
    )


@page("POST", r"/apps/(?P<slug>[\w-]+)/installations/new")
def install(at: Visit, slug: str) -> Answer:
    """Install the App on all repositories of its owner."""
    app = _app(at.world, slug)
    acts.install_app(at.world, app, app.owner)
    said = f"<h1>{html.escape(app.name)} is installed on {html.escape(app.owner.login)}</h1>"
    return Answer(200, _html(said + _open_pulls(at.world, app.owner)), dict(HTML))


def _open_pulls(world: World, owner: Account) -> str:
    """Return links to the account's open pull requests, where the App's check appears within seconds."""
    links = "".join(
        f'<li><a href="/{repo.full_name}/pull/{issue.number}">{html.escape(f"{repo.full_name}#{issue.number}")}</a> '
        f"{html.escape(issue.title)}</li>"
        for repo in world.repos.values()
        if repo.owner is owner
        for issue in repo.issues.values()
        if issue.pull and issue.state == "open"
    )
    return f"<p>Its check appears on the open pull requests:</p><ul>{links}</ul>" if links else ""


def _app(world: World, slug: str) -> App:
    found = next((app for app in world.apps.values() if app.slug == slug), None)
    if found is None:
        raise Problem(404, "Not Found")
    return found


def _manifest(text: str) -> JSON:
    """Return the parsed manifest. Raises 422 if GitHub would reject it."""
    try:
        manifest: JSON = json.loads(text)
    except json.JSONDecodeError:
        raise Problem(422, "Manifest is not valid JSON") from None
    for needed in ("name", "url", "hook_attributes", "redirect_url", "default_permissions", "default_events"):
        if needed not in manifest:
            raise Problem(422, f"Manifest lacks {needed}")
    if not 0 < len(manifest["name"]) <= 34:
        raise Problem(422, "Name is too long (maximum is 34 characters)")
    for url in (manifest["url"], manifest["hook_attributes"]["url"], manifest["redirect_url"]):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise Problem(422, f"{url} is not a URL")
    wrong = [k for k, v in manifest["default_permissions"].items() if v not in LEVELS]
    if wrong or NOT_IN_MANIFESTS & set(manifest["default_events"]):
        raise Problem(422, f"Manifest has wrong permissions or events: {wrong}")
    return manifest


def _redirect(url: str, **query: str) -> Answer:
    return Answer(302, None, {"location": f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"})


def _html(body: str) -> bytes:
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>GitHub</title><body>{body}</body></html>".encode()
