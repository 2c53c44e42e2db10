"""Determine whether a branch's workflow runs may deploy: an environment can restrict which branches deploy to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.text.globs import matches_whole

_ENVIRONMENTS = "/repos/{repo}/environments"


def all_admit(client: Client, repo: str, environments: Iterable[str], branch: str) -> bool:
    """Return whether all of the environments allow deployments from a branch.

    An environment that doesn't exist, or that the token can't read, is assumed to allow them.
    """
    names = {name.casefold() for name in environments}
    try:
        found = list(client.pages(_ENVIRONMENTS, key="environments", repo=repo))
        return all(_admits(client, repo, each, branch) for each in found if each["name"].casefold() in names)
    except (NotFound, NotPermitted):
        return True


def _admits(client: Client, repo: str, environment: Mapping[str, Any], branch: str) -> bool:
    policy = environment.get("deployment_branch_policy")
    if not policy:
        return True
    if policy["protected_branches"]:
        return bool(client.get("/repos/{repo}/branches/{branch}", repo=repo, branch=branch)["protected"])
    route = f"{_ENVIRONMENTS}/{{name}}/deployment-branch-policies"
    allowed = client.pages(route, key="branch_policies", repo=repo, name=environment["name"])
    return any(each.get("type") != "tag" and matches_whole(each["name"], branch) for each in allowed)
