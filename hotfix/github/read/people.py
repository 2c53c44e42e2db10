"""Read the people that a policy names: users, members of teams and, if no tech lead is named, the maintainers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hotfix.facts import People
from hotfix.github.read.caches import PEOPLE_FOR, UNREADABLE_FOR, Caches, KnownGroup
from hotfix.github.read.pull import pull_queries
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.github.transport.parallel_reads import Reads
from hotfix.policy import Policy

MAINTAINERS = "/maintainers"
"""Used in place of a team's slug, for those who may maintain a repository."""

PeopleKey = tuple[str, str]


class PeopleReads:
    """The groups of one evaluation: read once and unchanged until it ends, whatever webhooks arrive meanwhile."""

    def __init__(self, client: Client, caches: Caches, repo: str, now: datetime, reads: Reads) -> None:
        self._client, self._caches, self._repo, self._now, self._reads = client, caches, repo, now, reads
        self._cached: dict[PeopleKey, KnownGroup] = {}

    def add(self, policy: Policy) -> None:
        """Schedule reading the policy's groups for the next round, except those that are cached."""
        for key in keys(self._repo, policy):
            cached = self._caches.teams.get(key)
            if cached is not None and cached.until > self._now:
                self._cached.setdefault(key, cached)
            elif key not in self._cached:
                self._reads.add(("people", key), _read, self._client, self._caches, key, self._now)

    def found(self, policy: Policy) -> tuple[People, list[KnownGroup]]:
        """Return everyone with a role, and the groups that could not be read, which are treated as empty.

        Raises the errors of reading a group.
        """
        groups = {key: self._cached.get(key) or self._reads["people", key] for key in keys(self._repo, policy)}

        def logins(names: Iterable[str]) -> frozenset[str]:
            members = (groups[key].logins if (key := _team(name)) else {name.removeprefix("@")} for name in names)
            return frozenset().union(*members)

        named = policy.people
        maintainers = groups[self._repo.casefold(), MAINTAINERS].logins if not named.tech_leads else frozenset()
        everyone = People(
            tech_leads=logins(named.tech_leads) or maintainers,
            security=logins(named.security),
            incident_commanders=logins(named.incident_commanders),
        )
        return everyone, [group for group in groups.values() if group.problem]


def _read(client: Client, caches: Caches, key: PeopleKey, now: datetime) -> KnownGroup:
    """Read a group, and cache it unless people changed meanwhile."""
    changes = caches.people_changes
    where, group = key
    try:
        members = _maintainers(client, where) if group == MAINTAINERS else _members(client, where, group)
    except (NotFound, NotPermitted) as error:
        passing = isinstance(error, NotFound) and _exists(client, where, group)
        found = _unread(key, now if passing else now + UNREADABLE_FOR, passing=passing)
    else:
        found = KnownGroup(members, now + PEOPLE_FOR)
    if caches.people_changes == changes:
        caches.teams.put(key, found)
    return found


def leave_teams_unread(caches: Caches, repo: str, policy: Policy, now: datetime) -> None:
    """Cache the policy's teams as unreadable, so that a token that can't read them doesn't request them."""
    for key in keys(repo, policy):
        if key[1] != MAINTAINERS:
            caches.teams.put(key, _unread(key, now + UNREADABLE_FOR))


def _unread(key: PeopleKey, until: datetime, *, passing: bool = False) -> KnownGroup:
    where, group = key
    name = where if group == MAINTAINERS else f"{where}/{group}"
    problem = f"the members of {name} can't be read: correct the policy, or let the App read members"
    return KnownGroup(frozenset(), until, problem, passing)


def keys(repo: str, policy: Policy) -> list[PeopleKey]:
    """Return the keys of the groups that the policy's people belong to."""
    named = policy.people
    found = {key for name in (*named.tech_leads, *named.security, *named.incident_commanders) if (key := _team(name))}
    if not named.tech_leads:
        found.add((repo.casefold(), MAINTAINERS))
    return sorted(found)


def _team(name: str) -> PeopleKey | None:
    org, slash, slug = name.removeprefix("@").casefold().partition("/")
    return (org, slug) if slash else None


def _members(client: Client, org: str, slug: str) -> frozenset[str]:
    """Return the members of a team and of its child teams."""
    return frozenset(user["login"] for user in client.pages("/orgs/{org}/teams/{slug}/members", org=org, slug=slug))


def _exists(client: Client, where: str, group: str) -> bool:
    """Return whether a group exists although its members were not found: GitHub's 404 may also be transient."""
    if group == MAINTAINERS:
        return True
    data = client.graphql(pull_queries.TEAM, {"org": where, "slug": group}, may_lack=("organization",))
    return bool((data["organization"] or {}).get("team"))


def _maintainers(client: Client, repo: str) -> frozenset[str]:
    found: set[str] = set()
    for permission in ("maintain", "admin"):
        for user in client.pages("/repos/{repo}/collaborators", params={"permission": permission}, repo=repo):
            permissions = user.get("permissions") or {}
            if (permissions.get("maintain") or permissions.get("admin")) and user.get("type") != "Bot":
                found.add(user["login"])
    return frozenset(found)
