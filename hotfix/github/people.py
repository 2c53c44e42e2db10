"""Who a policy names: users as they are, teams by their members, and, where no tech lead is named, who may maintain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from hotfix.facts import People
from hotfix.github.caches import NOBODY_FOR, PEOPLE_FOR, Caches, Group
from hotfix.github.client import Client
from hotfix.github.errors import Gone, NotPermitted
from hotfix.policy import Policy

MAINTAINERS = "/maintainers"
"""In place of a team's slug: who may maintain a repository."""

Key = tuple[str, str]


def unknown(caches: Caches, repo: str, policy: Policy, now: datetime) -> list[Key]:
    """The groups that must be read before `people` can answer."""
    return [key for key in _groups(repo, policy) if (found := caches.teams.get(key)) is None or found.until <= now]


def reader(client: Client, caches: Caches, key: Key, now: datetime) -> Callable[[], None]:
    """Work that reads one group into the cache."""

    def read() -> None:
        where, group = key
        name = where if group == MAINTAINERS else f"{where}/{group}"
        try:
            members = _maintainers(client, where) if group == MAINTAINERS else _members(client, where, group)
        except (Gone, NotPermitted):
            problem = f"who belongs to {name} can't be read: correct the policy, or let the App read members"
            caches.teams.put(key, Group(frozenset(), now + NOBODY_FOR, problem))
        else:
            caches.teams.put(key, Group(members, now + PEOPLE_FOR))

    return read


def problem(caches: Caches, repo: str, policy: Policy) -> str:
    """Why not everyone with a role is known; empty when all are."""
    found = (caches.teams.get(key) for key in _groups(repo, policy))
    return next((group.problem for group in found if group and group.problem), "")


def people(caches: Caches, repo: str, policy: Policy) -> People:
    """Everyone with a role, from the cache. A group that could not be read counts as empty."""
    named = policy.people
    leads = _logins(caches, named.tech_leads) if named.tech_leads else _cached(caches, (repo.casefold(), MAINTAINERS))
    return People(
        tech_leads=leads,
        security=_logins(caches, named.security),
        incident_commanders=_logins(caches, named.incident_commanders),
    )


def _groups(repo: str, policy: Policy) -> list[Key]:
    named = policy.people
    keys = {key for name in (*named.tech_leads, *named.security, *named.incident_commanders) if (key := _team(name))}
    if not named.tech_leads:
        keys.add((repo.casefold(), MAINTAINERS))
    return sorted(keys)


def _team(name: str) -> Key | None:
    org, slash, slug = name.removeprefix("@").casefold().partition("/")
    return (org, slug) if slash else None


def _logins(caches: Caches, names: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        key = _team(name)
        found |= _cached(caches, key) if key else {name.removeprefix("@")}
    return frozenset(found)


def _cached(caches: Caches, key: Key) -> frozenset[str]:
    found = caches.teams.get(key)
    return found.logins if found else frozenset()


def _members(client: Client, org: str, slug: str) -> frozenset[str]:
    """Members of a team and of the teams below it."""
    return frozenset(user["login"] for user in client.pages("/orgs/{org}/teams/{slug}/members", org=org, slug=slug))


def _maintainers(client: Client, repo: str) -> frozenset[str]:
    found: set[str] = set()
    for permission in ("maintain", "admin"):
        for user in client.pages("/repos/{repo}/collaborators", params={"permission": permission}, repo=repo):
            permissions = user.get("permissions") or {}
            if (permissions.get("maintain") or permissions.get("admin")) and user.get("type") != "Bot":
                found.add(user["login"])
    return frozenset(found)
