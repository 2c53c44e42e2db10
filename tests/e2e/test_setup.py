"""From a service without credentials to a registered and installed App, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dotenv import dotenv_values
from playwright.sync_api import Browser, Page, Route

from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from tests.e2e.browser import arrive, sized_page
from tests.github import GitHub
from tests.service.running import Unconfigured, eventually, get

SCREENSHOTS = os.environ.get("HOTFIX_SCREENSHOTS", "")


def keep(page: Page, name: str) -> None:
    """Save a picture for review if a directory for pictures is set."""
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.xdist_group("browser")
def test_three_clicks_register_and_install_the_app(github: GitHub, tmp_path: Path, browser: Browser) -> None:
    dev = github.create_user("dev")
    github.create_repo("dev/shop", files={"a.txt": "a\n"}, owner=dev)
    github.sign_in(dev)
    page = sized_page(browser, 1000, 900)
    with Unconfigured(github, tmp_path) as service:
        page.goto(service.link)
        keep(page, "setup")
        assert page.get_by_role("heading", name="Register the GitHub App").is_visible()
        assert page.get_by_role("rowheader", name="Checks").is_visible()

        # The last page redirects after five seconds, which must not happen before it was checked.
        leaving: list[Route] = []
        page.route("**/installations/new", lambda route: leaving.append(route))
        page.get_by_role("button", name="(GitHub on this machine)").click()
        page.get_by_role("button", name="Create GitHub App").click()
        arrive(page, "**/setup/callback**")
        assert page.get_by_role("heading", name="hotfix is registered").is_visible()
        assert page.get_by_role("link", name="Install it on repositories").is_visible()
        keep(page, "setup-done")
        page.unroute("**/installations/new")
        for route in leaving:
            route.continue_()
        page.wait_for_url("**/installations/new")
        page.get_by_role("button", name="Install on dev").click()

        kept = dotenv_values(tmp_path / ".env")
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        app = github.app(int(kept["HOTFIX_APP_ID"] or 0))
        assert app["permissions"] == {name: need.level for name, need in PERMISSIONS.items()}
        assert set(app["events"]) == set(EVENTS)
        eventually(lambda: get(f"{service.url}/readyz").status_code == 200, "the service to be ready")
        assert get(f"{service.url}/setup").status_code == 404
        assert get(service.link).status_code == 404
        page.goto(service.url)
        page.get_by_role("link", name="Log in with").click()
        page.get_by_role("button", name="Authorize").click()
        page.get_by_role("heading", name="Act now", exact=True).wait_for()
        for secret in ("HOTFIX_PRIVATE_KEY", "HOTFIX_WEBHOOK_SECRET", "HOTFIX_CLIENT_SECRET"):
            assert (kept[secret] or "")[:40] not in service.output
    page.close()


@pytest.mark.xdist_group("browser")
def test_the_set_up_page_fits_a_phone(github: GitHub, tmp_path: Path, browser: Browser) -> None:
    github.sign_in(github.create_user("dev"))
    page = sized_page(browser, 390, 844)
    with Unconfigured(github, tmp_path) as service:
        page.goto(service.link)
        keep(page, "setup-phone")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
