"""Access to the pages: login, permissions that change on GitHub, cookies, and requests from other sites."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from app.storage.sessions import hashed
from tests.e2e.browser import arrive
from tests.e2e.looking import Shop, keep, open_shop
from tests.github import GitHub
from tests.service.running import PATIENCE, eventually, get, post

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with GitHub() as github, open_shop(github, tmp_path_factory.mktemp("service")) as opened:
        yield opened
        github.check()


def test_a_writer_logs_in_and_sees_who_must_act(shop: Shop, browser: Browser) -> None:
    issue = shop.incident("The cart is empty")
    page = shop.log_in(browser, shop.dev)
    assert page.get_by_role("heading", name="Act now", exact=True).is_visible()
    link = page.get_by_role("link", name="The cart is empty")
    eventually(lambda: page.reload() and link.count(), "the incident to be shown")
    keep(page, "home")
    assert link.get_attribute("href") == f"/acme/shop/incidents/{issue.number}"
    assert "commander must act" in page.locator(".card").filter(has=link).inner_text()
    cookie = next(each for each in page.context.cookies() if each["name"] == "hotfix_session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    tokens = [row[0] for row in shop.service.rows("SELECT token FROM sessions")]
    assert tokens
    assert not any(text.startswith("ghu_") for text in tokens)
    assert "ghu_" not in shop.service.output

    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in with").wait_for()
    ended = [call for call in shop.github.calls if call.path.startswith("/applications/")]
    assert [(call.method, call.status) for call in ended] == [("DELETE", 204)]
    assert "ghu_" not in shop.service.output
    answer = get(f"{shop.service.url}/", headers={"Cookie": f"hotfix_session={cookie['value']}"})
    assert answer.json()["service"] == "hotfix"
    page.context.close()


def test_logging_out_ends_the_session_without_github(shop: Shop, browser: Browser) -> None:
    page = shop.log_in(browser, shop.dev)
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "hotfix_session")
    shop.github.outage = True
    try:
        page.get_by_role("button", name="Log out").click()
        arrive(page, f"{shop.service.url}/")
    finally:
        shop.github.outage = False
    assert shop.service.rows("SELECT 1 FROM sessions WHERE id = ?", hashed(cookie)) == []
    eventually(lambda: "token not revoked" in shop.service.output, "the log to say so")
    page.context.close()


def test_another_viewer_sees_nothing_of_a_private_repository(shop: Shop, browser: Browser) -> None:
    path = on_record(shop)
    page = shop.log_in(browser, shop.stranger)
    assert page.get_by_text("Nobody must act").is_visible()
    for each in (path, "/acme/shop/pull/1", "/acme/shop/incidents/999", "/no/such/pull/1"):
        answer = page.goto(f"{shop.service.url}{each}")
        assert answer is not None
        assert answer.status == 404, each
        assert "There is no such page, or you have no access to it." in page.content()
    page.context.close()


def test_another_site_cannot_act_for_a_viewer(shop: Shop, browser: Browser) -> None:
    page = shop.log_in(browser, shop.dev)
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "hotfix_session")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": shop.service.url},
        {},
    ):
        answer = post(f"{shop.service.url}/logout", headers={**headers, "Cookie": f"hotfix_session={cookie}"})
        assert answer.status_code == 403, headers
    page.reload()
    assert page.get_by_role("heading", name="Act now", exact=True).is_visible()
    page.context.close()


def test_a_login_that_began_elsewhere_is_refused(shop: Shop) -> None:
    shop.github.sign_in(shop.dev)
    with httpx.Client(timeout=PATIENCE) as victim, httpx.Client(timeout=PATIENCE) as attacker:
        begun = attacker.get(f"{shop.service.url}/login")
        post(begun.headers["location"])
        back = get(begun.headers["location"]).headers["location"]
        refused = victim.get(back)
        assert refused.status_code == 403
        assert "did not begin in this browser" in refused.text
        assert "hotfix_session" not in refused.headers.get("set-cookie", "")
        accepted = attacker.get(back)
        assert accepted.status_code == 303
        assert accepted.headers["location"] == "/"
        again = attacker.get(back)
        assert again.status_code == 403


def test_a_session_ends_when_idle_and_after_a_day(shop: Shop, browser: Browser) -> None:
    page = shop.log_in(browser, shop.dev)
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "hotfix_session")

    def is_logged_in() -> bool:
        headers = {"Cookie": f"hotfix_session={cookie}", "Accept": "text/html"}
        return "<h1>Act now</h1>" in get(f"{shop.service.url}/", headers=headers).text

    assert is_logged_in()
    shop.service.change("UPDATE sessions SET seen_at = seen_at - 7300")
    assert not is_logged_in()
    shop.service.change("UPDATE sessions SET seen_at = seen_at + 7300")
    assert is_logged_in()
    shop.service.change("UPDATE sessions SET created_at = created_at - 28900")
    assert not is_logged_in()
    page.context.close()


def test_a_revoked_authorization_ends_the_session(shop: Shop, browser: Browser) -> None:
    on_record(shop)
    page = shop.log_in(browser, shop.dev)
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "hotfix_session")
    shop.app.revoke_authorization(shop.dev)
    shop.github.sign_in(None)
    shop.service.restart()
    page.goto(shop.service.url)
    assert page.get_by_role("heading", name="Act now", exact=True).count() == 0
    assert shop.service.rows("SELECT 1 FROM sessions WHERE id = ?", hashed(cookie)) == []
    page.context.close()


def on_record(shop: Shop, title: str = "Checkout fails for every order") -> str:
    """Report an incident, wait until it has a page, and return the page's path."""
    number = shop.incident(title).number
    there = "SELECT 1 FROM snapshots WHERE number = ?"
    eventually(lambda: shop.service.rows(there, number), "the incident to be on record")
    return f"/acme/shop/incidents/{number}"


def test_nothing_but_our_own_files_runs_in_a_page(shop: Shop, browser: Browser) -> None:
    title = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    path = on_record(shop, title)
    page = shop.log_in(browser, shop.dev)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for each in ("/", path):
        answer = page.goto(f"{shop.service.url}{each}")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert page.get_by_text(title).count() >= 1
        assert page.title() != "owned"
    assert problems == []
    page.context.close()


def test_a_stage_change_arrives_live(shop: Shop, browser: Browser) -> None:
    path = on_record(shop)
    home, life = shop.log_in(browser, shop.dev), shop.log_in(browser, shop.reader, path)
    assert life.locator(".badge.stage").inner_text() == "declared"
    number = int(path.rpartition("/")[2])
    for page in (home, life):
        connected(page)
    shop.hotfix(number)
    life.get_by_role("status").get_by_text("in stage fixing").or_(life.get_by_text("in stage reviewing")).wait_for()
    life.locator(".badge.stage").get_by_text("reviewing").wait_for()
    home.locator(".card").filter(has_text=f"acme/shop#{number}").get_by_text("reviewing", exact=True).wait_for()
    home.context.close()
    life.context.close()


def test_a_change_before_the_page_listens_arrives(shop: Shop, browser: Browser) -> None:
    """The page sends the version that it shows, and is notified at once of a newer one that its viewer may see."""
    number = on_record(shop).rpartition("/")[2]
    page = shop.log_in(browser, shop.dev, f"/acme/shop/incidents/{number}")
    shown = page.locator("[sse-connect]").get_attribute("sse-connect")
    assert shown is not None
    seen = float(shown.rpartition("seen=")[2])

    def first_event(path: str) -> str:
        cookies = {each["name"]: each["value"] for each in page.context.cookies()}
        with httpx.stream("GET", f"{shop.service.url}{path}", cookies=cookies, timeout=90) as answer:
            return next(line for line in answer.iter_lines() if line.startswith((":", "event:")))

    about = f"/events?repo=acme%2Fshop&number={number}"
    assert first_event(f"{about}&seen={seen - 1}") == "event: changed"
    assert first_event(f"/events?seen={seen - 1}") == "event: changed"
    page.context.close()


def connected(page: Page) -> None:
    """Reload a page and wait until it receives live updates."""
    with page.expect_response(lambda answer: "/events?" in answer.url):
        page.reload()


def test_a_page_that_listens_does_not_hold_the_service(shop: Shop, browser: Browser) -> None:
    page = shop.log_in(browser, shop.dev)
    connected(page)
    shop.service.stop()
    assert "graceful shutdown exceeded" not in shop.service.output
    shop.service.start()
    page.context.close()
