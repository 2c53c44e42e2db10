"""Decide which repositories a visitor of the pages may see or change, by their own token on GitHub.

The answers are cached for up to a minute. `is_bearer` recognizes the operator's token, which may read all pages.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app.storage.sessions import Session
from hotfix.github.read.viewer import RepositoryAccess, access_to
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import GitHubError, NotPermitted

TRUSTED_FOR = 60.0
"""Seconds an answer stays cached; a revoked permission takes effect after at most this long."""
REFRESHED_AFTER = 30.0
"""Age in seconds at which a cached answer is refreshed in the background, so that viewers don't wait for it."""
REMEMBERED = 10_000
"""Maximum number of cached answers."""


class Hidden(Exception):
    """The page does not exist or the viewer may not see it; the response is the same for both."""


class Forbidden(Exception):
    """The viewer may see the page but not perform the action; the message names the required permission."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer of a page."""

    login: str
    """The viewer's login; empty for the bearer of the pages token."""
    session: Session | None
    """The viewer's session; None for the bearer of the pages token, who has read-only access to everything."""

    @property
    def sees_all(self) -> bool:
        return self.session is None


@dataclass(slots=True)
class Permissions:
    """A cache of viewers' access to repositories, kept for up to a minute. Thread-safe."""

    as_user: Callable[[str], Client]
    now: Callable[[], float] = time.monotonic
    _known: dict[tuple[str, str], tuple[RepositoryAccess, float]] = field(default_factory=dict)
    _asking: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "hotfix-permissions"))

    def of(self, viewer: Viewer, repos: Collection[str]) -> dict[str, RepositoryAccess]:
        """Return the viewer's access to each repository.

        Raises TokenRefused if the login has expired, TransientError if GitHub does not respond.
        """
        if viewer.session is None:
            return dict.fromkeys(repos, RepositoryAccess.READ)
        session, now = viewer.session, self.now()
        found: dict[str, RepositoryAccess] = {}
        missing, aging = [], []
        with self._lock:
            for repo in repos:
                access, at = self._known.get((session.id, repo.casefold()), (RepositoryAccess.NONE, -TRUSTED_FOR))
                if now - at >= TRUSTED_FOR:
                    missing.append(repo)
                    continue
                found[repo] = access
                if now - at >= REFRESHED_AFTER:
                    aging.append(repo)
            refresh = bool(aging) and not missing and session.id not in self._asking
            if refresh:
                self._asking.add(session.id)
        if missing:
            found |= self._ask(session, [*missing, *aging])
        elif refresh:
            self._pool.submit(self._refresh, session, aging)
        return {repo: found[repo] for repo in repos}

    def readable(self, viewer: Viewer, repos: Iterable[str]) -> list[str]:
        """Return the repositories that the viewer can read. Raises the same errors as `of`."""
        listed = list(dict.fromkeys(repos))
        found = self.of(viewer, listed)
        return [repo for repo in listed if found[repo] >= RepositoryAccess.READ]

    def require(self, viewer: Viewer, repo: str, access: RepositoryAccess = RepositoryAccess.READ) -> None:
        """Raise Hidden if the viewer can't read a repository, Forbidden if they lack `access`.

        Raises the same errors as `of`.
        """
        if not repo:
            if viewer.sees_all and access is RepositoryAccess.READ:
                return
            raise Hidden
        held = self.of(viewer, [repo])[repo]
        if held < RepositoryAccess.READ:
            raise Hidden
        if held < access:
            raise Forbidden(f"This needs write access to {repo}.")

    def _ask(self, session: Session, repos: list[str]) -> dict[str, RepositoryAccess]:
        asked_at = self.now()
        answer = access_to(self.as_user(session.token), repos)
        with self._lock:
            while len(self._known) + len(answer) > REMEMBERED and self._known:
                del self._known[next(iter(self._known))]
            for repo, access in answer.items():
                key = (session.id, repo.casefold())
                self._known.pop(key, None)
                self._known[key] = (access, asked_at)
        return answer

    def _refresh(self, session: Session, repos: list[str]) -> None:
        try:
            self._ask(session, repos)
        except NotPermitted:
            self.forget(session.id)
        except GitHubError:
            pass  # the cached answer stays valid until it expires
        finally:
            with self._lock:
                self._asking.discard(session.id)

    def forget(self, session_id: str) -> None:
        """Drop the cached answers of a session."""
        with self._lock:
            for key in [key for key in self._known if key[0] == session_id]:
                del self._known[key]


def is_bearer(authorization: str, token: str) -> bool:
    """Return whether this header holds the pages token, compared in constant time."""
    scheme, _, given = authorization.partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
