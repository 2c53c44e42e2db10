"""A partially refused GraphQL query is distinguished from missing data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hotfix.github.read import policies
from hotfix.github.read.baseline.production_reading import commit_of_tag
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull import pull_search
from hotfix.github.read.setup import repository_setup
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import GitHubError, NotFound, NotPermitted, TransientError
from tests.contract.conftest import Service
from tests.github.server.world import DEFAULT_PERMISSIONS


def refuse(service: Service, kind: str, *path: str) -> None:
    """Make the next query return an error for this path."""
    body = {"data": {"owners": None}, "errors": [{"type": kind, "path": list(path), "message": "no"}]}
    service.github.faults.add("/graphql", status=200, body=body, count=1)


def ask(service: Service) -> dict[str, Any]:
    try:
        return service.client.graphql(
            "query { viewer { login } }", {}, may_lack=("owners",), must_hold=(("repository", "policy"),)
        )
    finally:
        service.github.ignore_violations()


@pytest.mark.parametrize("kind", ["NOT_FOUND", "FORBIDDEN"])
def test_an_owner_without_a_policy_repository_for_us_has_none(service: Service, kind: str) -> None:
    refuse(service, kind, "owners")
    assert ask(service) == {"owners": None}


@pytest.mark.parametrize(
    ("kind", "path", "raised"),
    [
        ("INTERNAL", ("owners",), TransientError),
        ("FORBIDDEN", ("repository", "policy"), NotPermitted),
        ("FORBIDDEN", ("repository", "policy", "text"), NotPermitted),
        ("FORBIDDEN", ("repository",), NotPermitted),
    ],
)
def test_a_refused_policy_is_not_taken_for_the_defaults(
    service: Service, kind: str, path: tuple[str, ...], raised: type[GitHubError]
) -> None:
    refuse(service, kind, *path)
    with pytest.raises(raised):
        ask(service)


@pytest.mark.parametrize(
    "read",
    [
        lambda client: policies.read(client, Caches(), "acme/shop"),
        lambda client: pull_search.open_hotfixes(client, Caches(), "acme/shop"),
        lambda client: repository_setup.read(client, "acme/shop"),
        lambda client: commit_of_tag(client, "acme/shop", "v1.2.3"),
    ],
)
def test_an_answer_without_the_repository_is_not_found(service: Service, read: Callable[[Client], Any]) -> None:
    service.github.faults.add("/graphql", status=200, body={"data": {"repository": None, "owners": None}}, count=1)
    with pytest.raises(NotFound, match="acme/shop does not exist"):
        read(service.client)
    service.github.ignore_violations()


@pytest.mark.parametrize("permission", ["deployments", "contents", "pull_requests"])
def test_what_the_app_may_not_read_is_named_without_a_verdict(service: Service, acme: Any, permission: str) -> None:
    pull = acme.hotfix()
    acme.installation.accept({name: level for name, level in DEFAULT_PERMISSIONS.items() if name != permission})
    with pytest.raises(NotPermitted, match=r"deployments|policy|pull requests"):
        service.evaluate(pull)


def test_checks_that_the_app_may_not_read_are_not_known(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    acme.shop.set_check(pull.head_sha, "build", "failure")
    acme.installation.accept({n: v for n, v in DEFAULT_PERMISSIONS.items() if n not in ("checks", "statuses")})
    facts = service.gather(pull).facts
    assert facts is not None
    assert "checks" in facts.missing
