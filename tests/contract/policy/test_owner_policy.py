"""The owner's policy in `OWNER/.github` applies to repositories without a policy."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.read import policies
from hotfix.github.read.caches import Caches
from hotfix.github.transport.client import TokenBearer
from hotfix.github.transport.errors import NotPermitted
from hotfix.github.transport.github_app import GitHubApp
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service

OWNERS = "production: {environment: live}\npeople: {tech_leads: [lead], security: [sec]}\n"


@pytest.fixture
def without_own(acme: Any) -> Any:
    acme.shop.commit("main", {".github/hotfix.yml": None}, author=acme.admin)
    return acme


def owners_policy(acme: Any, *, private: bool) -> None:
    acme.github.create_repo("acme/.github", files={".github/hotfix.yml": OWNERS}, private=private, owner=acme.org)


def selected(acme: Any) -> Service:
    """Return the service with the App installed on the shop only."""
    app = acme.github.create_app("hotfix-two", owner=acme.org)
    installation = acme.github.install(app, "acme", [acme.shop])
    ours = GitHubApp(app.id, app.private_key, acme.github.api_url, clock=acme.github.clock.now)
    return Service(acme, ours, ours.installation(installation.id))


def test_an_owner_s_policy_that_is_seen_holds(service: Service, without_own: Any) -> None:
    owners_policy(without_own, private=True)
    assert policies.read(service.client, Caches(), "acme/shop").policy.production.environment == "live"
    pull = without_own.hotfix()
    assert service.evaluate(pull).verdict.policy_source.startswith("acme/.github@")


def test_where_every_repository_is_seen_none_means_the_defaults(service: Service, without_own: Any) -> None:
    assert policies.read(service.client, Caches(), "acme/shop").source == policies.DEFAULTS


@pytest.mark.parametrize("exists", [True, False])
def test_an_owner_s_policy_out_of_reach_is_unknown_not_absent(without_own: Any, exists: bool) -> None:
    """GitHub gives the same answer for an inaccessible private repository and for a missing one."""
    if exists:
        owners_policy(without_own, private=True)
    service = selected(without_own)
    pull = without_own.hotfix()
    with pytest.raises(NotPermitted, match=r"add .github/hotfix.yml to acme/shop"):
        service.evaluate(pull)
    without_own.shop.commit("feature", {"x.txt": "x\n"}, at="main", author=without_own.dev)
    plain = without_own.dev.open_pull(without_own.shop, head="feature", title="x")
    assert service.evaluate(plain).verdict.conclusion is Conclusion.PASS
    without_own.shop.commit("main", {".github/hotfix.yml": "# defaults\n"}, author=without_own.admin)
    service.caches.policy_changed("acme/shop")
    assert service.evaluate(pull).verdict.policy_source.startswith("acme/shop@")
    service.app.close()


@pytest.mark.parametrize("private", [True, False])
def test_a_workflow_s_token_reads_a_public_owner_s_policy(without_own: Any, private: bool) -> None:
    owners_policy(without_own, private=private)
    token = without_own.github.workflow_token(without_own.shop, {"contents": "read", "pull_requests": "read"})
    client = TokenBearer(token, without_own.github.api_url, clock=without_own.github.clock.now)
    if private:
        with pytest.raises(NotPermitted, match=r"acme/\.github"):
            policies.read(client, Caches(), "acme/shop")
    else:
        assert policies.read(client, Caches(), "acme/shop").policy.production.environment == "live"
