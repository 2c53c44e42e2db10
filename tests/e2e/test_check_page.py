"""The check page fits a screen of 900 pixels and says each thing once, in a real browser."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e import check_pictures

ONE_SCREEN = set(check_pictures.CASES) - {"seven-failures"}


@pytest.mark.xdist_group("browser")
def test_each_verdict_is_read_at_a_glance(browser: Browser) -> None:
    """All but the page of seven failures fit on one screen; nothing on any page is wider than it."""
    page = check_pictures.new_page(browser)
    for name in check_pictures.CASES:
        check_pictures.show(page, name)
        height, width = (page.evaluate(f"document.documentElement.scroll{side}") for side in ("Height", "Width"))
        assert width <= check_pictures.WIDTH, name
        assert height <= check_pictures.HEIGHT or name not in ONE_SCREEN, name
        says_each_thing_once(page, name)
    page.close()


def says_each_thing_once(page: Page, name: str) -> None:
    title = page.locator("h2.title").inner_text()
    body = page.locator("article").inner_text()
    assert title not in body, name
    assert body.count("Who must act:") == (0 if name == "not-a-hotfix" else 1), name
    commands = [line.strip() for text in page.locator("article pre").all_inner_texts() for line in text.splitlines()]
    assert all("--repo acme/shop" in line for line in commands if line.startswith("gh ")), name
    rules = Counter(page.locator("article h4 code").all_inner_texts())
    assert set(rules.values()) <= {1}, name
    if name == "seven-failures":
        failing = title.partition(": ")[2].split(", ")
        assert list(rules) == [*failing, "review"]
        # The first screen says what is wrong and who must act.
        acts = page.get_by_text("Who must act:").bounding_box()
        assert acts is not None
        assert acts["y"] < 300
