"""A client of GitHub's API for any identity: the App, one of its installations, or the owner of a token.

    client.get("/repos/{repo}/pulls/{number}", repo="acme/shop", number=42)

Clients raise only the errors in `hotfix.github.transport.errors`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hotfix.github.transport.access_tokens import OneToken, Tokens
from hotfix.github.transport.errors import NotFound, NotPermitted, TransientError
from hotfix.github.transport.exchange import (
    Clock,
    GitHubAnswer,
    Transport,
    limit_ends,
    limited,
    not_permitted,
    raise_for_status,
    utcnow,
)
from hotfix.github.transport.refusals import RefusalCause, causes_of_query

C = TypeVar("C", bound="Client")


@dataclass(slots=True)
class Meter:
    """Counts the requests of one evaluation, and their sequential rounds."""

    calls: int = 0
    round_trips: int = 0
    _left: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _here: threading.local = field(default_factory=threading.local)

    def count(self, answer: GitHubAnswer | None, resource: str) -> None:
        """Count a request. `answer`: None if there was no response. `resource`: the rate limit it is charged to."""
        with self._lock:
            self.calls += 1
            if answer is not None and resource in ("core", "graphql") and answer.rate_left is not None:
                self._left[resource] = answer.rate_left
            depth = getattr(self._here, "depth", None)
            if depth is None:
                self.round_trips += 1
            else:
                self._here.depth = depth + 1

    @property
    def rate_left(self) -> int | None:
        """Requests left of the hourly limit, REST's or GraphQL's, whichever is lower; None before any response."""
        return min(self._left.values(), default=None)

    def run_parallel(self, work: Callable[[], Any], depths: list[int]) -> Any:
        """Run one of several parallel functions, and append its number of rounds to `depths`."""
        self._here.depth = 0
        try:
            return work()
        finally:
            depths.append(self._here.depth)
            self._here.depth = None


class Client:
    """Sends requests with one identity. Thread-safe."""

    app_id: int | None = None
    """ID of the App whose check runs are ours; None for a plain token."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self.transport = transport
        self._tokens = tokens
        self.meter = Meter()

    def metered(self: C) -> C:
        """Return the same client with a meter of its own, for one evaluation."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.meter = Meter()
        return twin

    def sees_all_repositories(self) -> bool:
        """Return whether the token has access to all of its owner's repositories.

        If it does, a repository that it can't see doesn't exist. A workflow's token is limited to one repository, an
        installation may be limited to selected ones. Sends at most one request.
        """
        if self._tokens.sees_all is None:
            try:
                answer = self.get("/installation/repositories", params={"per_page": 1})
                self._tokens.sees_all = answer.get("repository_selection") == "all"
            except (NotFound, NotPermitted):
                self._tokens.sees_all = False
        return self._tokens.sees_all

    def request(
        self, method: str, path: str, /, *, params: Mapping[str, Any] | None = None, body: Any = None, **parts: Any
    ) -> GitHubAnswer:
        """Send one request. `path`: a route such as `/repos/{repo}/pulls/{number}`, filled in from `parts`.

        If GitHub refuses the token, it is renewed and the request is retried once. During a rate-limit pause, nothing
        is sent.
        """
        resource = "graphql" if path == "/graphql" else "core"
        now = self.transport.clock()
        if until := self._tokens.paused_until(resource, now):
            raise TransientError("GitHub's rate limit is reached; nothing is sent until it ends.", until)
        token = self._tokens.get(self.meter.count)
        answer = self._exchange(token, method, path, parts, params, body, resource)
        if answer.status == 401 and self._tokens.learn(answer):
            token = self._tokens.get(self.meter.count, refused=token)
            answer = self._exchange(token, method, path, parts, params, body, resource)
            if answer.status == 401 and self._tokens.renewable:
                raise TransientError(f"GitHub refuses a token that it has just issued ({method} {path}).")
        if answer.status in (403, 429) and limited(answer):
            primary = answer.headers.get("x-ratelimit-remaining") == "0" and "retry-after" not in answer.headers
            self._tokens.pause(resource if primary else None, limit_ends(answer.headers, now), now)
        raise_for_status(answer, method, path, now)
        return answer

    def _exchange(
        self,
        token: str,
        method: str,
        path: str,
        parts: Mapping[str, object],
        params: Mapping[str, Any] | None,
        body: Any,
        resource: str,
    ) -> GitHubAnswer:
        answer = None
        try:
            answer = self.transport.exchange(token, method, path, parts, params, body)
            return answer
        finally:
            self.meter.count(answer, resource)

    def get(self, path: str, /, *, params: Mapping[str, Any] | None = None, **parts: Any) -> Any:
        """Send a GET request and return the decoded body."""
        return self.request("GET", path, params=params, **parts).data

    def post(self, path: str, /, body: Any = None, **parts: Any) -> Any:
        """Send a POST request and return the decoded body."""
        return self.request("POST", path, body={} if body is None else body, **parts).data

    def patch(self, path: str, /, body: Any, **parts: Any) -> Any:
        """Send a PATCH request and return the decoded body."""
        return self.request("PATCH", path, body=body, **parts).data

    def put(self, path: str, /, body: Any = None, **parts: Any) -> Any:
        """Send a PUT request and return the decoded body."""
        return self.request("PUT", path, body={} if body is None else body, **parts).data

    def delete(self, path: str, /, body: Any = None, **parts: Any) -> Any:
        """Send a DELETE request and return the decoded body; None if it has none."""
        return self.request("DELETE", path, body=body, **parts).data

    def pages(
        self, path: str, /, *, params: Mapping[str, Any] | None = None, key: str | None = None, **parts: Any
    ) -> Iterator[Any]:
        """Yield every item of a list, 100 per request. `key`: the field with the list, if the body is an object."""
        query = {"per_page": 100, **(params or {})}
        page = 1
        while True:
            answer = self.request("GET", path, params={**query, "page": page}, **parts)
            yield from (answer.data[key] if key else answer.data)
            if 'rel="next"' not in answer.headers.get("link", ""):
                return
            page += 1

    def graphql(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        may_lack: tuple[str, ...] = (),
        must_hold: tuple[tuple[str, ...], ...] = (),
        forbidden: list[tuple[str, ...]] | None = None,
    ) -> dict[str, Any]:
        """Return the `data` of a query.

        `may_lack`: top-level fields that may be refused or not found, and are null in that case. `must_hold`: paths of
        nested fields that must not be refused, because null has another meaning there. `forbidden`: receives the paths
        of refused fields, which are null.
        """
        answer = self.request("POST", "/graphql", body={"query": query, "variables": dict(variables)})
        payload = answer.data if isinstance(answer.data, dict) else {}
        for error in payload.get("errors") or ():
            path, kind = error.get("path") or [None], error.get("type", "")
            message = str(error.get("message", ""))[:300]
            causes = causes_of_query(error)
            if RefusalCause.RATE_LIMIT in causes:
                now = self.transport.clock()
                until = limit_ends({**answer.headers, "x-ratelimit-remaining": "0"}, now)
                self._tokens.pause("graphql", until, now)
                raise TransientError(f"GitHub's rate limit is reached ({message}).", until)
            if path[0] in may_lack and kind in ("NOT_FOUND", "FORBIDDEN"):
                if kind == "FORBIDDEN" and forbidden is not None:
                    forbidden.append(tuple(map(str, path)))
                continue
            if kind == "NOT_FOUND":
                if path == ["repository"]:
                    raise NotFound(f"GitHub does not show this token the repository ({message}).")
                continue
            if kind == "FORBIDDEN":
                held = any(tuple(path[: len(field)]) == field for field in must_hold)
                # If a refused field is not nullable, its parent is null instead.
                whole = bool((payload.get("data") or {}).get(path[0]))
                if len(path) == 1 or held or not whole:
                    what = f"GitHub does not permit reading {'.'.join(map(str, path))} ({message})."
                    raise not_permitted(what, causes)
                if forbidden is not None:
                    forbidden.append(tuple(map(str, path)))
                continue  # a nested field is null, such as a team that the App may not see
            raise TransientError(f"GitHub could not answer the query ({message or kind}).")
        data = payload.get("data")
        if not isinstance(data, dict):
            raise TransientError("GitHub answered the query without data.")
        return data

    def gather(self, *work: Callable[[], Any]) -> list[Future[Any]]:
        """Run several reads or writes in parallel and wait for all; `.result()` raises the error of the function."""
        depths: list[int] = []
        others = [self.transport.pool.submit(self.meter.run_parallel, each, depths) for each in work[1:]]
        first: Future[Any] = Future()
        try:
            first.set_result(self.meter.run_parallel(work[0], depths))
        except Exception as error:
            first.set_exception(error)
        futures = [first, *others]
        for future in others:
            future.exception()
        self.meter.round_trips += max(depths)
        return futures


class TokenBearer(Client):
    """A client with a personal access token or a workflow's `GITHUB_TOKEN`."""

    def __init__(self, token: str, api_url: str, *, clock: Clock = utcnow) -> None:
        super().__init__(Transport(api_url, clock), OneToken(token))

    def __repr__(self) -> str:
        return f"TokenBearer(at {self.transport.api_url})"
