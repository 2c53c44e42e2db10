"""The pages' content for machines, with the token for them, and after a permission is revoked."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from app.storage.sessions import Session
from app.web.pages import login
from app.web.pages.page_access import Hidden, Permissions, Viewer
from hotfix.github.read.viewer import RepositoryAccess
from hotfix.github.transport.errors import GitHubError
from hotfix.github.transport.github_app import GitHubApp
from tests.service.conftest import House
from tests.service.life.test_life import incident
from tests.service.running import Service, eventually, get


def test_a_withdrawn_permission_ends_within_a_minute(house: House) -> None:

    name = "acme/withdrawn"
    repo = house.github.create_repo(name, files={"a.txt": "a"}, owner=house.dev, private=True)
    reader, writer = house.github.create_user("reader"), house.dev
    repo.add_collaborator(reader, "pull")
    repo.add_collaborator(writer, "push")
    github = GitHubApp(house.app.id, house.app.private_key, house.github.api_url)
    now = [1000.0]
    permissions = Permissions(github.as_user, now=lambda: now[0])
    reads = Viewer("reader", Session("r", "reader", reader.token, 0.0))
    writes = Viewer("dev", Session("w", "dev", writer.token, 0.0))
    assert permissions.of(reads, [name]) == {name: RepositoryAccess.READ}
    assert permissions.of(writes, [name.title()]) == {name.title(): RepositoryAccess.WRITE}
    repo.remove_collaborator(reader)
    now[0] += 61
    assert permissions.readable(reads, [name, "acme/other"]) == []
    with pytest.raises(Hidden):
        permissions.require(reads, name)
    house.github.faults.add("/graphql", status=502)
    now[0] += 61
    with pytest.raises(GitHubError):
        permissions.of(writes, [name])
    house.github.faults.clear()
    github.close()


def test_a_machine_reads_version_app_and_last_webhook(house: House, service: Service) -> None:
    incident(house, house.shop())

    def said() -> httpx.Response:
        return get(f"{service.url}/")

    eventually(lambda: said().json()["last_webhook"], "a webhook")
    about = said().json()
    assert about["version"]
    assert about["app"] == {"id": house.app.id, "slug": "hotfix"}
    page = get(f"{service.url}/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Last webhook" in page.text
    assert "acme/" not in page.text
    assert get(f"{service.url}/acme/shop/incidents/1").status_code == 401


def test_without_a_login_the_token_reads_and_does_nothing(house: House, own_service: Callable[..., Service]) -> None:
    service = own_service(HOTFIX_PAGES_TOKEN="a-token-of-the-operator")
    shop = house.shop()
    issue = incident(house, shop)
    ours = "SELECT 1 FROM snapshots WHERE name = ? AND number = ?"
    eventually(lambda: service.rows(ours, shop.full_name, issue.number), "the incident to be on record")
    path = f"/{shop.full_name}/incidents/{issue.number}"
    for paths in ("/", path):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic a-token-of-the-operator"}):
            assert "Checkout fails" not in get(f"{service.url}{paths}", headers=headers).text
    token = {"Authorization": "Bearer a-token-of-the-operator", "Accept": "text/html"}
    for first in ("", "?from=50", "?from=x"):
        assert "Checkout fails" in get(f"{service.url}/{first}", headers=token).text
    assert "Checkout fails" in get(f"{service.url}{path}", headers=token).text
    for number in ("x", "9" * 19, "9" * 5000):
        for page in ("incidents", "pull"):
            assert get(f"{service.url}/{shop.full_name}/{page}/{number}").status_code == 401
            assert get(f"{service.url}/{shop.full_name}/{page}/{number}", headers=token).status_code == 404
    assert get(f"{service.url}/login").status_code == 404
    for missing in ("nope", shop.full_name, f"{shop.full_name}/incidents/1/more"):
        answer = get(f"{service.url}/{missing}", headers={"Accept": "text/html"})
        assert (answer.status_code, "There is no such page" in answer.text) == (404, True), missing
        assert get(f"{service.url}/{missing}").json() == {"detail": "Not Found"}
    assert get(f"{service.url}/metrics").status_code == 401
    assert get(f"{service.url}/metrics", headers=token).status_code == 200
    assert "a-token-of-the-operator" not in service.output


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/acme/shop/pull/1?all=1#size", "/acme/shop/pull/1?all=1#size"),
        ("", "/"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test/", "/"),
        ("/\t/evil.test/", "/"),
        ("//[evil", "/"),
    ],
)
def test_a_login_leads_back_to_a_page_of_the_service(asked: str, led: str) -> None:
    assert login._local(asked) == led
