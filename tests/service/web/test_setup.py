"""Setup over HTTP: who may open it, what is sent to GitHub, and where the credentials are stored."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from dotenv import dotenv_values

from app.web.setup import credentials
from app.web.setup.link import LIFETIME, SetupLink
from hotfix.github.write.setup.app_manifest import RegisteredApp
from tests.github import GitHub, User
from tests.service.running import PATIENCE, Service, Unconfigured, get

NEW = RegisteredApp(
    id=7, slug="hotfix", name="hotfix", owner="acme", html_url="https://github.com/apps/hotfix", client_id="Iv1",
    client_secret="the-client-secret", webhook_secret="the-webhook-secret", private_key="-----BEGIN\nkey\n-----END\n",
)  # fmt: skip


@pytest.fixture
def dev(github: GitHub) -> User:
    user = github.create_user("dev")
    github.sign_in(user)
    return user


def form(page: str) -> tuple[str, dict[str, Any]]:
    """Return the URL to which the page posts the manifest, and the manifest."""
    target = re.search(r'<form class="register" action="([^"]+)"', page)
    manifest = re.search(r'name="manifest" value="([^"]+)"', page)
    assert target, page
    assert manifest, page
    return html.unescape(target[1]), json.loads(html.unescape(manifest[1]))


def registered(target: str, manifest: dict[str, Any]) -> str:
    """Complete GitHub's registration pages and return the URL that GitHub redirects to."""
    with httpx.Client(timeout=PATIENCE) as browser:
        asked = browser.post(target, data={"manifest": json.dumps(manifest)})
        assert asked.status_code == 200, asked.text
        draft = re.search(r'name="draft" value="(\w+)"', asked.text)
        assert draft
        site = "{0.scheme}://{0.netloc}".format(urlsplit(target))
        back = browser.post(f"{site}/settings/apps/manifest", data={"draft": draft[1], "name": manifest["name"]})
        return str(back.headers["location"])


def test_the_link_opens_for_one_browser(github: GitHub, tmp_path: Path, dev: User) -> None:
    """A later reader of the terminal's history is refused; the first browser may reload the page."""
    with (
        Unconfigured(github, tmp_path) as service,
        httpx.Client(timeout=PATIENCE) as first,
        httpx.Client(timeout=PATIENCE) as second,
    ):
        assert first.get(service.link).status_code == 200
        assert first.get(f"{service.url}/setup").status_code == 200
        assert second.get(service.link).status_code == 403
        assert second.get(f"{service.url}/setup").status_code == 403
        assert get(f"{service.url}/readyz").status_code == 503
        assert get(f"{service.url}/healthz").status_code == 200
        assert get(f"{service.url}/metrics").status_code == 404
        answer = get(f"{service.url}/", headers={"Accept": "text/html"})
        assert (answer.status_code, "not set up yet" in answer.text) == (404, True)


def test_the_page_gives_nothing_away(github: GitHub, tmp_path: Path, dev: User) -> None:
    with Unconfigured(github, tmp_path) as service:
        page = get(service.link)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"form-action 'self' {github.url};" in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        token = parse_qs(urlsplit(service.link).query)["token"][0]
        assert token not in page.text
        assert "HttpOnly" in page.headers["set-cookie"]


@pytest.mark.parametrize(("github_url", "warned"), [("", False), ("https://github.com", True)])
def test_an_address_that_github_does_not_reach_is_named(
    github: GitHub, tmp_path: Path, dev: User, github_url: str, warned: bool
) -> None:
    """A GitHub on the same machine reaches it."""
    with Unconfigured(github, tmp_path, HOTFIX_GITHUB_URL=github_url or github.url) as service:
        assert ("deliver webhooks to it" in get(service.link).text) is warned


def test_another_name_of_the_host_is_refused(github: GitHub, tmp_path: Path, dev: User) -> None:
    """Another site's page can't reach setup through its own host name for this machine (DNS rebinding)."""
    with Unconfigured(github, tmp_path) as service:
        for host in ("evil.example", "[", "a]:80"):
            assert get(service.link, headers={"Host": host}).status_code == 403, host
        assert get(service.link).status_code == 200, "the refused try did not use the link up"


def test_an_organization_registers_at_its_own_settings(github: GitHub, tmp_path: Path, dev: User) -> None:
    github.create_org("acme").add_member(dev, role="admin")
    with Unconfigured(github, tmp_path, HOTFIX_PUBLIC_URL="http://localhost:9") as service:
        assert service.link.startswith("http://localhost:9/setup?token=")
        address = f"http://127.0.0.1:{service.listening_port}/setup?{urlsplit(service.link).query}"
        page = get(f"{address}&organization=acme&name=Acme%20hotfix").text
        target, manifest = form(page)
        assert target.startswith(f"{github.url}/organizations/acme/settings/apps/new?state=")
        assert manifest["hook_attributes"]["url"] == "http://localhost:9/webhooks/github"
        assert manifest["redirect_url"] == "http://localhost:9/setup/callback"
        assert manifest["name"] == "Acme hotfix"
        back = registered(target, manifest).replace("localhost:9", f"127.0.0.1:{service.listening_port}")
        done = get(back)
        assert done.status_code == 200, done.text
        assert "Acme hotfix is registered" in done.text
        assert f"{github.url}/apps/acme-hotfix/installations/new" in done.text


def test_a_wrong_organization_is_named(github: GitHub, tmp_path: Path, dev: User) -> None:
    with Unconfigured(github, tmp_path) as service:
        page = get(f"{service.link}&organization=a/b")
        assert page.status_code == 400
        assert "&#39;a/b&#39; is not the name of an organization" in page.text


def test_only_a_registration_that_began_here_counts(github: GitHub, tmp_path: Path, dev: User) -> None:
    """An attacker can't make the service use another App: the service issues the state, which is valid once."""
    with Unconfigured(github, tmp_path) as service:
        target, manifest = form(get(service.link).text)
        back = registered(target, manifest)
        code = parse_qs(urlsplit(back).query)["code"][0]
        forged = get(f"{service.url}/setup/callback", params={"code": code, "state": "forged"})
        assert forged.status_code == 403
        assert not (tmp_path / ".env").exists()
        assert get(back).status_code == 200
        assert get(back).status_code == 404


def test_a_code_that_github_does_not_know_changes_nothing(github: GitHub, tmp_path: Path, dev: User) -> None:
    with Unconfigured(github, tmp_path) as service, httpx.Client(timeout=PATIENCE) as browser:
        target, _ = form(browser.get(service.link).text)
        state = parse_qs(urlsplit(target).query)["state"][0]
        wrong = browser.get(f"{service.url}/setup/callback", params={"code": "unknown", "state": state})
        assert wrong.status_code == 502
        assert "GitHub does not know this code" in wrong.text
        assert not (tmp_path / ".env").exists()
        assert browser.get(f"{service.url}/setup").status_code == 200, "the page can be used again"


def test_what_env_already_holds_is_kept(github: GitHub, tmp_path: Path, dev: User) -> None:
    (tmp_path / ".env").write_text("# ours\nOTHER=1")
    with Unconfigured(github, tmp_path) as service:
        assert get(registered(*form(get(service.link).text))).status_code == 200
        kept = dotenv_values(tmp_path / ".env")
        assert kept["OTHER"] == "1"
        assert (tmp_path / ".env").read_text().startswith("# ours\n")
        assert kept["HOTFIX_CLIENT_ID"]
    restarted = Service(tmp_path, service.settings).start()
    assert get(f"{restarted.url}/readyz").status_code == 200, "the next start needs no set-up"
    restarted.stop()


def test_print_writes_no_file(github: GitHub, tmp_path: Path, dev: User) -> None:
    with Unconfigured(github, tmp_path, "--print") as service:
        page = get(registered(*form(get(service.link).text)))
        assert page.status_code == 200
        assert not (tmp_path / ".env").exists()
        printed = re.search(r'(?m)^HOTFIX_WEBHOOK_SECRET="(.+)"$', service.output)
        assert printed
        assert printed[1] not in page.text
        assert '\nHOTFIX_PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\\n' in service.output


def test_half_a_configuration_is_an_error_not_set_up(github: GitHub, tmp_path: Path) -> None:
    service = Service(tmp_path, {"HOTFIX_APP_ID": "12", "HOTFIX_GITHUB_API_URL": github.api_url})
    service.launch()
    assert service.process.wait(PATIENCE) == 2
    assert "HOTFIX_PRIVATE_KEY is not set" in service.output
    assert "/setup" not in service.output


def test_the_link_expires() -> None:
    now = [0.0]
    link = SetupLink(now=lambda: now[0])
    state = link.new_state()
    now[0] = LIFETIME + 1
    assert link.open(link.token) is None
    assert not link.take_state(state)


def test_credentials_are_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    credentials.write(file, credentials.lines(NEW))
    before = file.read_text()
    with pytest.raises(credentials.CredentialsError, match="never replaced"):
        credentials.write(file, credentials.lines(NEW))
    assert file.read_text() == before
    assert "secret" not in repr(NEW)


def test_an_unwritable_file_is_named_first(tmp_path: Path) -> None:
    """GitHub returns the credentials only once, so they must not be lost."""
    with pytest.raises(credentials.CredentialsError, match=r"missing/\.env can't be written"):
        credentials.check_writable(tmp_path / "missing" / ".env")
