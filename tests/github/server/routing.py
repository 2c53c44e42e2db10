"""Routes named by the templates of GitHub's REST description, and the request passed to handlers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from tests.github.server.state import JSON, Account, App, Installation, Issue, Pull, Repo, Token

if TYPE_CHECKING:
    from tests.github.server.world import World

DOCS = "https://docs.github.com/rest"
GREEDY = {"path", "ref", "basehead", "branch", "tag", "environment_name", "commit_sha", "name"}
"""Path parameters that may contain slashes."""


class Problem(Exception):
    """An error response."""

    def __init__(self, status: int, message: str, errors: Sequence[Any] | None = None, **headers: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.body: JSON = {"message": message, "documentation_url": DOCS, "status": str(status)}
        if errors is not None:
            self.body["errors"] = list(errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def violation(status: int, rule: str) -> Problem:
    """Return the refusal of a ruleset."""
    return Problem(status, f"Repository rule violations found\n\n{rule}\n\n")


def invalid(resource: str, field_name: str, code: str = "invalid", message: str | None = None) -> Problem:
    error: JSON = {"resource": resource, "field": field_name, "code": code}
    if message:
        error["message"] = message
    return Problem(422, "Validation Failed", [error])


@dataclass
class Actor:
    """The authenticated caller."""

    kind: str
    """`anonymous`, `app`, `client` (by client ID and secret), `user`, `installation` or `actions`."""
    account: Account | None = None
    """The account to which actions are attributed: the user, or the App's bot."""
    app: App | None = None
    installation: Installation | None = None
    token: Token | None = None

    @property
    def label(self) -> str:
        if self.kind == "app" and self.app:
            return f"app:{self.app.slug}"
        if self.kind == "installation" and self.installation:
            return f"installation:{self.installation.id}"
        return f"{self.kind}:{self.account.login}" if self.account else self.kind

    @property
    def via_app(self) -> App | None:
        return self.app if self.kind in ("installation", "actions") else None


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    world: World
    method: str
    path: str
    """Path below the API root."""
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    actor: Actor
    params: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    route: Route | None = None
    _repo: Repo | None = None

    @property
    def me(self) -> Account:
        """Return the acting account. Raises 401 for an anonymous caller."""
        if self.actor.account is None:
            raise Problem(401, "Requires authentication")
        return self.actor.account

    @property
    def repo(self) -> Repo:
        if self._repo is None:
            self._repo = self.world.find_repo(self.params["owner"], self.params["repo"])
        return self._repo

    @property
    def issue(self) -> Issue:
        issue = self.repo.issues.get(self.number("issue_number"))
        if issue is None:
            raise Problem(404, "Not Found")
        return issue

    @property
    def pull(self) -> Pull:
        issue = self.repo.issues.get(self.number("pull_number"))
        if issue is None or issue.pull is None:
            raise Problem(404, "Not Found")
        return issue.pull

    def number(self, name: str) -> int:
        try:
            return int(self.params[name])
        except ValueError:
            raise Problem(404, "Not Found") from None

    def need(self, *names: str, resource: str) -> None:
        for name in names:
            if self.body.get(name) in (None, ""):
                raise invalid(resource, name, "missing_field")

    def page(self, items: Sequence[Any], most: int = 100) -> tuple[list[Any], dict[str, str]]:
        """Return one page of a list and its Link header."""
        try:
            each = max(1, min(int(self.query.get("per_page", 30)), most))
            page = max(1, int(self.query.get("page", 1)))
        except ValueError:
            each, page = 30, 1
        last = max(1, -(-len(items) // each))
        links = []
        for rel, number in (("prev", page - 1), ("next", page + 1), ("last", last), ("first", 1)):
            if rel in ("prev", "first") and page == 1:
                continue
            if rel in ("next", "last") and page >= last:
                continue
            links.append(f'<{self.link(page=number)}>; rel="{rel}"')
        headers = {"link": ", ".join(links)} if links else {}
        return list(items[(page - 1) * each : page * each]), headers

    def link(self, **query: Any) -> str:
        asked = {**self.query, **{k: str(v) for k, v in query.items()}}
        return f"{self.world.api_url}{self.path}?{urlencode(asked)}"

    def listed(self, items: Sequence[Any], show: Callable[[Any], Any], key: str | None = None) -> Answer:
        """Return a page of `items`; for wrapped lists, under `key` with the total count."""
        some, headers = self.page(items)
        shown = [show(item) for item in some]
        return Answer(200, {"total_count": len(items), key: shown} if key else shown, headers)


Handler = Callable[[Request], Any]


@dataclass
class Route:
    method: str
    template: str
    handler: Handler
    needs: tuple[tuple[str, str], ...]
    """Permissions of which an installation token needs at least one: (name, level)."""
    role: str | None
    """The role a user needs in the repository; None if there is nothing to check."""
    who: tuple[str, ...]
    """The kinds of actor that may call the route; empty for all."""
    status: int
    pattern: re.Pattern[str]


class Router:
    def __init__(self) -> None:
        self._routes: dict[tuple[str, str, str], list[Route]] = {}

    def add(self, route: Route) -> None:
        routes = self._routes.setdefault(_bucket(route.method, route.template), [])
        routes.append(route)
        routes.sort(key=lambda r: (-r.template.count("/"), r.template.count("{")))

    def all(self) -> list[Route]:
        return [route for routes in self._routes.values() for route in routes]

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        for route in self._routes.get(_bucket(method, raw_path), ()):
            match = route.pattern.fullmatch(raw_path)
            if match:
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None


def _bucket(method: str, path: str) -> tuple[str, str, str]:
    parts = path.split("/")
    is_repo = parts[1] == "repos" and len(parts) > 4
    return method, parts[1], parts[4] if is_repo else ""


def _pattern(template: str) -> re.Pattern[str]:
    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"(?P<{name}>.+)" if name in GREEDY else f"(?P<{name}>[^/]+)"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", one, re.escape(template)))


ROUTER = Router()


def route(
    method: str,
    template: str,
    *needs: tuple[str, str],
    role: str | None = None,
    who: tuple[str, ...] = (),
    status: int = 200,
) -> Callable[[Handler], Handler]:
    """Register a handler. Without `role`, a user needs `pull` for GET and `push` for other methods in a repository."""
    if role is None and template.startswith("/repos/{owner}/{repo}"):
        role = "pull" if method == "GET" else "push"

    def register(handler: Handler) -> Handler:
        ROUTER.add(Route(method, template, handler, needs, role, who, status, _pattern(template)))
        return handler

    return register


def parse_query(raw: bytes) -> dict[str, str]:
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))
