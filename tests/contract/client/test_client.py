"""The App, its installations and tokens."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hotfix.github.read.pull import pull_search
from hotfix.github.transport.client import TokenBearer
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, WrongKey
from hotfix.github.transport.github_app import GitHubApp
from hotfix.github.write.rollout.deployments import answer_rule
from hotfix.verdict import VerdictKind
from tests.contract.conftest import Service


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def test_the_app_knows_itself_and_where_it_is_installed(service: Service, acme: Any) -> None:
    info = service.app.verify()
    assert (info.id, info.slug) == (acme.app.id, acme.app.slug)
    assert [each.id for each in service.app.installations()] == [acme.installation.id]
    assert service.app.installation_of("acme/shop") == acme.installation.id
    assert service.client.repositories() == ["acme/shop"]
    with pytest.raises(NotFound):
        service.app.installation_of("acme/none")


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_at_once(key: str) -> None:
    with pytest.raises(WrongKey, match="PEM"):
        GitHubApp(1, key, "http://127.0.0.1:1")


def test_a_key_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(WrongKey, match="RSA"):
        GitHubApp(1, pem(ec.generate_private_key(ec.SECP256R1())), "http://127.0.0.1:1")


def test_a_damaged_key_is_refused_at_once() -> None:
    """One bit of its modulus is flipped."""
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    whole = pem(numbers.private_key())
    der = base64.b64decode("".join(whole.splitlines()[1:-1]))
    modulus = numbers.public_numbers.n.to_bytes(256, "big")
    damaged = der.replace(modulus, modulus[:100] + bytes([modulus[100] ^ 1]) + modulus[101:])
    assert damaged != der
    text = f"-----BEGIN PRIVATE KEY-----\n{base64.encodebytes(damaged).decode()}-----END PRIVATE KEY-----\n"
    with pytest.raises(WrongKey, match="damaged"):
        GitHubApp(1, text, "http://127.0.0.1:1")


def test_a_foreign_key_is_refused_in_one_sentence(service: Service, acme: Any) -> None:
    other = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    app = GitHubApp(acme.app.id, other, acme.github.api_url)
    with pytest.raises(NotPermitted, match=f"does not accept this key for App {acme.app.id}"):
        app.verify()
    app.close()


def test_no_secret_shows_anywhere(service: Service, acme: Any) -> None:
    service.client.get("/repos/{repo}", repo="acme/shop")
    token = service.client._tokens.get(lambda *_: None)
    shown = repr((service.app, service.client, service.client.transport, service.client._tokens))
    assert token not in shown
    assert "PRIVATE KEY" not in shown
    with pytest.raises(NotFound) as raised:
        service.client.get("/repos/{repo}", repo="acme/none")
    assert token not in repr(raised.value) + str(raised.value)


def test_a_token_holds_no_more_than_granted_and_needed(acme: Any) -> None:
    github = acme.github
    modest = github.create_app("modest", permissions={"checks": "write", "contents": "read", "metadata": "read"})
    installation = github.install(modest, "acme")
    app = GitHubApp(modest.id, modest.private_key, github.api_url, clock=github.clock.now)
    client = app.installation(installation.id)
    assert client.get("/repos/{repo}", repo="acme/shop")["full_name"] == "acme/shop"
    with pytest.raises(NotPermitted):
        client.post("/repos/{repo}/issues", {"title": "x"}, repo="acme/shop")
    app.close()


def test_a_missing_installation_is_not_taken_for_trouble(service: Service, acme: Any) -> None:
    """A deleted or suspended installation is distinguished from a GitHub outage."""
    acme.installation.suspend()
    with pytest.raises(NotPermitted):
        service.client.get("/repos/{repo}", repo="acme/shop")
    acme.installation.unsuspend()
    acme.installation.uninstall()
    service.app.forget(acme.installation.id)
    with pytest.raises(NotFound):
        service.app.installation(acme.installation.id).get("/repos/{repo}", repo="acme/shop")


def test_threads_share_one_token_and_never_each_others_answers(service: Service, acme: Any) -> None:
    numbers = [acme.dev.open_issue(acme.shop, f"issue {i}")["number"] for i in range(8)]
    wrong: list[Any] = []

    def read(number: int) -> None:
        for _ in range(15):
            found = service.client.get("/repos/{repo}/issues/{number}", repo="acme/shop", number=number)
            if found["number"] != number:
                wrong.append((number, found["number"]))

    service.github.forget()
    threads = [threading.Thread(target=read, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len([call for call in service.calls() if call.path.endswith("/access_tokens")]) <= 1


def test_a_plain_token_reads_and_evaluates_without_an_app(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    client = TokenBearer(acme.lead.token, acme.github.api_url)
    outcome = service.evaluate(pull, client=client, publish=False)
    assert outcome.verdict.failed_rules == ()
    with pytest.raises(NotPermitted):
        TokenBearer("ghp_wrong", acme.github.api_url).get("/user")


def test_lists_are_read_to_their_end(service: Service, acme: Any) -> None:
    params = {"sha": "main", "per_page": 1}
    found = list(service.client.pages("/repos/{repo}/commits", params=params, repo="acme/shop"))
    assert [commit["sha"] for commit in found] == acme.shop.log("main")


def test_what_github_refuses_says_why(acme: Any) -> None:
    client = TokenBearer(acme.dev.token, acme.github.api_url)
    body = {"ref": "refs/tags/v1.2.3", "sha": acme.shop.sha("v1.2.3")}
    with pytest.raises(RequestRefused) as raised:
        client.post("/repos/{repo}/git/refs", body, repo="acme/shop")
    assert raised.value.status == 422
    assert "already exists" in raised.value.answer["message"]


def test_what_github_finds_invalid_is_named(acme: Any) -> None:
    """GitHub's message is only `Validation Failed`; its `errors` contain the cause."""
    client = TokenBearer(acme.dev.token, acme.github.api_url)
    acme.shop.branch("same", at="main")
    with pytest.raises(RequestRefused, match="Validation Failed: No commits between main and same"):
        client.post("/repos/{repo}/pulls", {"head": "same", "base": "main", "title": "x"}, repo="acme/shop")
    with pytest.raises(RequestRefused, match="Validation Failed: base invalid"):
        client.post("/repos/{repo}/pulls", {"head": "same", "base": "no-such", "title": "x"}, repo="acme/shop")


@pytest.fixture
def lost(service: Service, acme: Any) -> Iterator[Any]:
    acme.app.webhook_url = "http://127.0.0.1:9/webhooks/github"
    acme.hotfix()
    acme.github.settle()
    yield acme
    acme.app.webhook_url = None


def test_untaken_deliveries_are_asked_for_again(service: Service, lost: Any) -> None:
    found = list(service.app.deliveries(service.now - timedelta(hours=1)))
    assert found
    assert all(delivery.failed for delivery in found)
    assert {delivery.guid for delivery in found} <= {delivery.guid for delivery in lost.github.deliveries}
    service.app.redeliver(found[0].id)
    lost.github.settle()
    again = next(iter(service.app.deliveries(service.now - timedelta(hours=1))))
    assert again.guid == found[0].guid
    assert again.id != found[0].id
    assert list(service.app.deliveries(service.now + timedelta(hours=1))) == []


def test_open_hotfixes_and_heads_are_found(service: Service, acme: Any) -> None:
    hotfix = acme.hotfix()
    acme.shop.commit("feature", {"src/cart.py": "y = 1\n"}, at="main", author=acme.dev)
    labelled = acme.dev.open_pull(acme.shop, head="feature", title="Feature", labels=["hotfix"])
    acme.shop.commit("other", {"src/cart.py": "y = 2\n"}, at="main", author=acme.dev)
    other = acme.dev.open_pull(acme.shop, head="other", title="Other")
    service.evaluate(hotfix)
    found = pull_search.open_hotfixes(service.client, service.caches, "acme/shop")
    assert [(each.number, each.check) for each in found] == [
        (hotfix.number, "action_required"),
        (labelled.number, None),
    ]
    assert found[0].head_sha == hotfix.head_sha
    acme.dev.label(other, "urgent")
    acme.shop.commit("main", {".github/hotfix.yml": "label: urgent\nbranches: {head: other}\n"}, author=acme.admin)
    found = pull_search.open_hotfixes(service.client, service.caches, "acme/shop", {labelled.number, 999})
    assert [(each.number, each.kind) for each in found] == [
        (labelled.number, VerdictKind.NOT_A_HOTFIX),
        (other.number, VerdictKind.HOTFIX),
    ], "by the policy as it is now, and what was one before"
    assert pull_search.with_head(service.client, "acme/shop", hotfix.head_sha) == [hotfix.number]


def test_a_protection_rule_is_answered(service: Service, acme: Any) -> None:
    acme.shop.environment("production", protected=True)
    run = acme.shop.request_protection("production", acme.shop.sha("v1.2.3"))
    answer_rule(service.client, "acme/shop", run, "production", approve=False, comment="x" * 2000)
    [said] = acme.shop.protection_answers(run)
    assert said["state"] == "rejected"
    assert len(said["comment"]) == 1024
