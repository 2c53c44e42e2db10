"""The content of the pages: verdicts and changes, deliveries and their replay, figures; and its accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import arrive
from tests.e2e.looking import Shop, keep, open_shop
from tests.github import GitHub, Issue, Pull
from tests.service.running import eventually, get, post

pytestmark = pytest.mark.xdist_group("browser")
AXE = Path(__file__).with_name("axe.min.js")
"""axe-core 4.14.1, as published on npm (MPL-2.0)."""

SCROLLING = """
Array.from(document.querySelectorAll('.scroll'))
    .filter(each => each.checkVisibility({contentVisibilityAuto: true}) && each.scrollWidth > each.clientWidth)
    .map(each => each.outerHTML.slice(0, 200))
"""
"""The tables that are wider than the window, without those in closed details."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with GitHub() as github, open_shop(github, tmp_path_factory.mktemp("service")) as opened:
        yield opened
        github.check()


@pytest.fixture(scope="module")
def lived(shop: Shop) -> tuple[Issue, Pull]:
    """Return an incident whose hotfix was pending first, then failed, and whose deployment to staging failed."""
    issue = shop.incident()
    pull = shop.hotfix(issue.number)
    concludes(pull, "action_required")
    shop.repo.commit("hotfix/cart", {"src/session.py": "x = 1\n" * 120}, message="oops", author=shop.dev)
    concludes(pull, "failure")
    shop.lead.deploy(shop.repo, pull.head_sha, "staging", "failure")
    shop.service.settle(shop.github)
    return issue, pull


def concludes(pull: Pull, conclusion: str) -> None:
    eventually(lambda: (pull.check("hotfix") or {}).get("conclusion") == conclusion, f"the check to say {conclusion}")


def violations(page: Page) -> list[str]:
    """Return axe's findings about a page. Playwright runs it outside the page's content security policy."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_a_verdict_shows_each_rule_and_what_changed(shop: Shop, lived: tuple[Issue, Pull], browser: Browser) -> None:
    _, pull = lived
    page = shop.log_in(browser, shop.reader, f"/acme/shop/pull/{pull.number}")
    assert page.get_by_text("3 of 13 rules fail: size, commits, spec").count() >= 1
    assert page.locator(".rules > li").count() == 13
    newest, first = page.locator(".history > li").first, page.locator(".history > li").last
    assert f"new head {pull.head_sha[:12]}" in newest.inner_text()
    assert "size: passed → failed" in newest.inner_text()
    assert "API calls" in newest.inner_text()
    assert "The first evaluation." in first.inner_text()
    first.get_by_role("link").click()
    page.get_by_text("This is evaluation 1, which is not the newest.").wait_for()
    assert page.locator(".rules > li.failed").count() == 0
    page.context.close()


def test_an_incident_shows_its_life(shop: Shop, lived: tuple[Issue, Pull], browser: Browser) -> None:
    issue, pull = lived
    page = shop.log_in(browser, shop.reader, f"/acme/shop/incidents/{issue.number}")
    assert "failure" in page.locator("table.deployments tbody").inner_text()
    assert [one.inner_text() for one in page.locator("tbody").first.get_by_role("rowheader").all()] == [
        "declared", "preparing", "fixing",
    ]  # fmt: skip
    assert page.locator("svg.bar .part").count() == 3
    assert "dev must act: make the hotfix pass" in page.locator(".acts").inner_text()
    done = page.locator(".checks .done").all_inner_texts()
    assert any("Hotfix branch created from production tag" in line for line in done)
    assert "Pull request #" in page.locator(".timeline").inner_text()
    page.get_by_role("link", name="Verdict on #").click()
    arrive(page, f"**/acme/shop/pull/{pull.number}")
    page.context.close()


def test_a_delivery_is_found_read_and_replayed(shop: Shop, lived: tuple[Issue, Pull], browser: Browser) -> None:
    _, pull = lived
    page = shop.log_in(browser, shop.dev, "/deliveries")
    page.get_by_role("searchbox").fill("acme/shop pull_request")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/deliveries?*")
    page.get_by_role("link", name="pull_request.synchronize").first.click()
    page.locator("pre.payload").wait_for()
    keep(page, "delivery")
    payload = page.locator("pre.payload").inner_text()
    assert f'"number": {pull.number}' in payload
    assert "X-Hub-Signature-256: [hidden]" in page.get_by_label("Headers").inner_text()
    assert shop.app.webhook_secret not in page.content()
    before = shop.service.rows("SELECT sum(times) FROM evaluations")[0][0]
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("Replayed:").wait_for()
    eventually(lambda: shop.service.rows("SELECT sum(times) FROM evaluations")[0][0] > before, "another evaluation")
    path = page.url.partition("?")[0]
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "hotfix_session")
    foreign = {"Cookie": f"hotfix_session={cookie}", "Origin": "https://evil.example"}
    assert post(f"{path}/replay", headers=foreign).status_code == 403
    page.context.close()

    reader = shop.log_in(browser, shop.reader, path.removeprefix(shop.service.url))
    assert reader.get_by_role("button", name="Replay").count() == 0
    assert reader.locator("pre.payload").count() == 0
    ours = {"Cookie": f"hotfix_session={reader.context.cookies()[0]['value']}", "Origin": shop.service.url}
    assert post(f"{path}/replay", headers=ours).status_code == 403
    assert get(f"{path}/payload", headers=ours).status_code == 403
    reader.context.close()

    stranger = shop.log_in(browser, shop.stranger, "/deliveries")
    assert stranger.get_by_text("No delivery is recorded").is_visible()
    answer = stranger.goto(path)
    assert answer is not None
    assert answer.status == 404
    stranger.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_every_page(shop: Shop, lived: tuple[Issue, Pull], browser: Browser, scheme: str) -> None:
    """Axe reports no violation, and no content is wider than a phone, or than a screen at 400 % zoom."""
    issue, pull = lived
    page = shop.log_in(browser, shop.dev, color_scheme=scheme)
    delivery = shop.service.rows("SELECT guid FROM deliveries WHERE repo = 'acme/shop'")[0][0]
    paths = (
        "/", f"/acme/shop/incidents/{issue.number}", f"/acme/shop/pull/{pull.number}", "/figures", "/deliveries",
        f"/deliveries/{delivery}", "/nothing/here/pull/1",
    )  # fmt: skip
    for path in paths:
        page.goto(f"{shop.service.url}{path}")
        page.wait_for_load_state("load")
        assert violations(page) == [], path
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert width < 390 or page.evaluate(SCROLLING) == [], path
            hint = "Array.from(document.querySelectorAll('.scroll'), each => getComputedStyle(each).backgroundImage)"
            assert all("gradient" in shown for shown in page.evaluate(hint)), "a cut table says that it scrolls"
            keep(page, f"{path.strip('/').replace('/', '-') or 'home'}-{width}-{scheme}")
    page.context.close()


def test_a_keyboard_reaches_an_incident(shop: Shop, lived: tuple[Issue, Pull], browser: Browser) -> None:
    page = shop.log_in(browser, shop.dev)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**#*")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")
    page.context.close()


def test_the_figures_count_incidents(shop: Shop, lived: tuple[Issue, Pull], browser: Browser) -> None:
    page = shop.log_in(browser, shop.reader, "/figures")
    assert page.locator(".numbers dd").first.inner_text() == "1"
    assert page.locator("svg.bars").count() == 4
    assert page.locator("details table").count() == 4
    answer = page.goto(f"{shop.service.url}/figures?repo=acme/secret")
    assert answer is not None
    assert answer.status == 404
    page.context.close()
    stranger = shop.log_in(browser, shop.stranger, "/figures")
    assert stranger.get_by_text("No incident was declared").is_visible()
    stranger.context.close()
