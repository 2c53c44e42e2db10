"""The context shared by all views: the world, the actor, and how lists become connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.github.server.auth import covers, holds, role_of
from tests.github.server.clock import iso, iso_or_none
from tests.github.server.routing import Actor
from tests.github.server.state import Account, Repo
from tests.github.server.world import World

JSON = dict[str, Any]
FORBIDDEN = "Resource not accessible by integration"


class Refused(Exception):
    """An error with GitHub's `type`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Context:
    world: World
    actor: Actor
    violations: list[str] = field(default_factory=list)

    def sees(self, repo: Repo) -> bool:
        token = self.actor.token
        if self.actor.kind in ("installation", "actions") and token is not None:
            return not repo.private or covers(token, repo)
        if token is not None and repo.private and token.reaches is not None and not token.reaches(repo):
            return False
        return role_of(self.actor.account, repo) != "none"

    def need(self, repo: Repo, *permissions: str, level: str = "read") -> None:
        """Raise FORBIDDEN if an installation token has none of the permissions."""
        token = self.actor.token
        if self.actor.kind not in ("installation", "actions") or token is None:
            return
        if not covers(token, repo) and level == "read":
            return
        if not any(holds(token, name, level) for name in permissions):
            raise Refused("FORBIDDEN", FORBIDDEN)


def small(number: int) -> int | None:
    """Return `databaseId` of a type that also has `fullDatabaseId`: None beyond 32 bits."""
    return number if number < 2**31 else None


class View:
    """One object of the schema; attributes and methods have the names of its fields."""

    typename = ""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _world(self) -> World:
        return self._context.world


def connection(
    items: Sequence[Any], show: Callable[[Any], Any], first: int | None = None, last: int | None = None,
    after: str | None = None, before: str | None = None, **more: Any,
) -> JSON:  # fmt: skip
    """Return a page of `items` as a connection; cursors are positions."""
    start, end = 0, len(items)
    if after is not None:
        start = _place(after) + 1
    if before is not None:
        end = min(end, _place(before))
    has_next, has_previous = False, start > 0
    if first is not None and end - start > first:
        end, has_next = start + first, True
    if last is not None and end - start > last:
        start, has_previous = end - last, True
    places = range(start, max(start, end))
    shown = [show(items[place]) for place in places]
    return {
        "nodes": shown,
        "edges": [{"node": one, "cursor": _cursor(at)} for at, one in zip(places, shown, strict=True)],
        "totalCount": len(items),
        "pageInfo": {
            "hasNextPage": has_next,
            "hasPreviousPage": has_previous,
            "startCursor": _cursor(start) if shown else None,
            "endCursor": _cursor(places[-1]) if shown else None,
        },
        **more,
    }


def _cursor(place: int) -> str:
    return f"c:{place}"


def _place(cursor: str) -> int:
    try:
        return int(cursor.removeprefix("c:"))
    except ValueError:
        raise Refused("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None


def directed(items: list[Any], orderBy: JSON | None, key: Callable[[Any], Any]) -> list[Any]:
    """Sort by GitHub's `orderBy`; without one, keep the order of creation."""
    if not orderBy:
        return items
    return sorted(items, key=key, reverse=orderBy["direction"] == "DESC")


def actor_view(context: Context, account: Account | None) -> View | None:
    """Return the view of a user, bot or organization; None for a deleted account."""
    from tests.github.server.graphql.people import Bot, Organization, User

    if account is None or account.deleted:
        return None
    return {"User": User, "Bot": Bot, "Organization": Organization}[account.type](context, account)


__all__ = ["JSON", "Context", "Refused", "View", "actor_view", "connection", "directed", "iso", "iso_or_none"]
