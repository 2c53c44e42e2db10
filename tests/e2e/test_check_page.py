"""In a real browser, the check page fits a screen of 900 pixels and says each thing once."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e import check_pictures

ONE_SCREEN = set(check_pictures.CASES) - {"seven-failures"}


@pytest.mark.xdist_group("browser")
def test_each_verdict_is_read_at_a_glance(browser: Browser) -> None:
    """Each fits on one screen, except that of seven failures, which fits up to the push. No command scrolls."""
    page = check_pictures.new_page(browser)
    for name in check_pictures.CASES:
        check_pictures.show(page, name)
        height, width = (page.evaluate(f"document.documentElement.scroll{side}") for side in ("Height", "Width"))
        assert width <= check_pictures.WIDTH, name
        assert height <= check_pictures.HEIGHT or name not in ONE_SCREEN, name
        commands = "Array.from(document.querySelectorAll('pre'), block => block.scrollWidth - block.clientWidth)"
        assert max(page.evaluate(commands), default=0) == 0, name
        says_each_thing_once(page, name)
    page.close()


def says_each_thing_once(page: Page, name: str) -> None:
    title = page.locator("h2.title").inner_text()
    body = page.locator("article").inner_text()
    assert title not in body, name
    assert body.count("Who must act:") == (0 if name == "not-a-hotfix" else 1), name
    commands = [line.strip() for text in page.locator("article pre").all_inner_texts() for line in text.splitlines()]
    assert all("--repo acme/shop" in line for line in commands if line.startswith("gh ")), name
    rules = Counter(page.locator("article h4 code, article summary > code:first-of-type").all_inner_texts())
    assert set(rules.values()) <= {1}, name
    if name == "seven-failures":
        failing = title.partition(": ")[2].split(", ")
        assert list(rules) == [*failing, "review", "formatting"]
        # The first screen shows who must act, the problem of each rule, and how to push.
        for words, lowest in (("Who must act:", 300), ("Then push", check_pictures.HEIGHT)):
            place = page.get_by_text(words).bounding_box()
            assert place is not None
            assert place["y"] < lowest, words
