"""Read a user's access to repositories, with their own token."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from hotfix.github.read.repository_queries import portions
from hotfix.github.transport.client import Client

AT_ONCE = 100
"""Maximum number of repositories per query."""


class RepositoryAccess(IntEnum):
    """A user's level of access to a repository; each level includes those before it."""

    NONE = 0
    """The repository isn't visible to the user, or doesn't exist."""
    READ = 1
    WRITE = 2


_LEVELS = {
    **dict.fromkeys(("READ", "TRIAGE"), RepositoryAccess.READ),
    **dict.fromkeys(("WRITE", "MAINTAIN", "ADMIN"), RepositoryAccess.WRITE),
}


def access_to(client: Client, repos: Sequence[str]) -> dict[str, RepositoryAccess]:
    """Return the access of the token's owner to each of these repositories (`owner/name`).

    A repository under an old name is not found. Raises TokenRefused, TransientError.
    """
    found: dict[str, RepositoryAccess] = {}
    for some in portions(repos, AT_ONCE):
        names = [f"r{at}" for at in range(len(some))]
        variables: dict[str, str] = {}
        fields = []
        for at, repo in enumerate(some):
            variables[f"o{at}"], _, variables[f"n{at}"] = repo.partition("/")
            fields.append(f"r{at}: repository(owner: $o{at}, name: $n{at}, followRenames: false) {{viewerPermission}}")
        declared = ", ".join(f"${name}: String!" for name in variables)
        data = client.graphql(f"query({declared}) {{{' '.join(fields)}}}", variables, may_lack=tuple(names))
        for name, repo in zip(names, some, strict=True):
            found[repo] = _LEVELS.get((data.get(name) or {}).get("viewerPermission") or "", RepositoryAccess.NONE)
    return found
