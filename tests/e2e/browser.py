"""Debian's Chromium, driven by Playwright. Its headless shell is preferred, as it needs half of the CPU time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.waiting import PATIENCE, eventually

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium draws the list under the address bar with a page per window, which takes half of a window's CPU time.
    # Only the last flag of this kind takes effect, so it also lists what Playwright turns off and these tests need off.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,PaintHolding,DestroyProfileOnBrowserClose,ThirdPartyStoragePartitioning,"
    "MediaRouter,OptimizationHints,NetworkTimeServiceQuerying,PreconnectToSearch,LensOverlay,AimEnabled,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,AvoidCorsURLLoaderRestartOnRedirect",
)


def arrive(page: Page, url: str) -> None:
    """Wait until a page that a click leads to is complete: its address may change before the old state is dropped."""
    page.wait_for_url(url)
    eventually(lambda: page.evaluate("document.readyState") == "complete", f"{url} to be complete")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; skip the test on a machine without one."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine: apt install {PROGRAMS[0]}")
    with tempfile.TemporaryDirectory(prefix="hotfix-chromium-") as downloads, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(FLAGS), downloads_path=downloads, timeout=PATIENCE * 1000
        )
        yield browser
        browser.close()


def sized_page(browser: Browser, width: int, height: int) -> Page:
    """Open a page of this size whose timeout suits a busy machine."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE * 1000)
    return page
