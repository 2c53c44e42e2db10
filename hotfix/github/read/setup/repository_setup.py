"""Read the setup of a repository: labels, environments, required checks, branches, tags and files."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from hotfix.github.read import git_refs, policies
from hotfix.github.read.caches import Caches, KnownPolicy
from hotfix.github.read.pull import pull_queries
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound
from hotfix.github.write.rollout import deployments
from hotfix.policy.model import SHIP_WORKFLOW

CHECK = "hotfix"

SETUP = pull_queries.FRAGMENTS.query("""
query Setup($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    isArchived
    hasIssuesEnabled
    labels(first: 100) { nodes { name } }
    refs(refPrefix: "refs/heads/", first: 100) {
      nodes {
        name
        branchProtectionRule { requiredStatusChecks { context app { databaseId } } }
        rules(first: 100) {
          nodes {
            parameters {
              __typename
              ... on RequiredStatusChecksParameters { requiredStatusChecks { context integrationId } }
            }
          }
        }
      }
    }
    ...HasPolicy
  }
  ...Owners
}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredCheck:
    """A requirement of the check `hotfix` on a branch."""

    branch: str
    app_id: int | None
    """The App that must create the check; None if any App may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySetup:
    """The data that `hotfix doctor OWNER/REPO` checks."""

    archived: bool
    issues: bool
    policy: KnownPolicy
    labels: frozenset[str]
    """Names in lower case, as GitHub compares them."""
    branches: frozenset[str]
    required: tuple[RequiredCheck, ...]
    environments: frozenset[str]
    """Names in lower case."""
    workflows: Mapping[str, str | None]
    """File name -> content on the default branch; None if missing.

    For the workflows in the policy's `deploy`, and for `SHIP_WORKFLOW` if it names none that ships.
    """


class RepositoryReader:
    """Reads the default branch. Raises the client's errors; NotFound if the repository is missing."""

    def __init__(self, client: Client, repo: str) -> None:
        self._client = client
        self._repo = repo
        self.default_branch = str(client.get("/repos/{repo}", repo=repo)["default_branch"])
        self.text = cache(partial(file_text, client, repo))
        """Returns a file's text on the default branch; None if it doesn't exist. Results are cached."""

    def branches(self) -> tuple[str, ...]:
        return git_refs.branch_names(self._client, self._repo)

    def tags(self) -> tuple[str, ...]:
        return tuple(tag["name"] for tag in self._client.pages("/repos/{repo}/tags", repo=self._repo))


def file_text(client: Client, repo: str, path: str) -> str | None:
    """Return a file's text on the default branch; None if it doesn't exist, empty for a directory or a large file."""
    try:
        found = client.get("/repos/{repo}/contents/{path}", repo=repo, path=path)
    except NotFound:
        return None
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        return ""
    return base64.b64decode(found["content"]).decode("utf-8", "replace")


def read(client: Client, repo: str) -> RepositorySetup:
    """Read a repository's setup, in two requests and one per workflow. Raises GitHubError."""
    repository, known = policies.ask(client, Caches(), repo, SETUP)
    nodes = repository["refs"]["nodes"]
    deploy = known.policy.deploy
    return RepositorySetup(
        archived=repository["isArchived"],
        issues=repository["hasIssuesEnabled"],
        policy=known,
        labels=frozenset(node["name"].casefold() for node in repository["labels"]["nodes"]),
        branches=frozenset(node["name"] for node in nodes),
        required=tuple(check for node in nodes for check in _required(node)),
        environments=frozenset(name.casefold() for name in deployments.environments(client, repo)),
        workflows={
            file: file_text(client, repo, f".github/workflows/{file}")
            for file in (deploy.workflow or SHIP_WORKFLOW, deploy.rollback_workflow)
            if file
        },
    )


def checks_on(client: Client, repo: str, sha: str) -> Collection[Mapping[str, Any]]:
    """Return the check runs named `hotfix` on a commit, from any App."""
    route = "/repos/{repo}/commits/{sha}/check-runs"
    return list(client.pages(route, key="check_runs", params={"check_name": CHECK}, repo=repo, sha=sha))


def _required(branch: Mapping[str, Any]) -> Sequence[RequiredCheck]:
    found = [
        (check["context"], (check["app"] or {}).get("databaseId"))
        for check in (branch["branchProtectionRule"] or {}).get("requiredStatusChecks") or ()
    ]
    for rule in (branch["rules"] or {}).get("nodes") or ():
        checks = ((rule or {}).get("parameters") or {}).get("requiredStatusChecks") or ()
        found += [(check["context"], check["integrationId"]) for check in checks]
    return [RequiredCheck(branch=branch["name"], app_id=app) for context, app in found if context == CHECK]
