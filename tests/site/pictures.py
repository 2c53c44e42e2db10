"""The documentation's screenshots, taken in a real browser: `python -m tests.site.pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e import check_pictures
from tests.e2e.browser import chromium
from tests.github import GitHub
from tests.service.running import Unconfigured

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
CHECKS = {"check-fails": "seven-failures", "check-pending": "waiting", "check-passes": "passing"}
"""Name of the picture -> the case it shows."""
TALLEST = 890
"""Maximum height in pixels: enough to show how a page begins."""


def take(directory: Path = PICTURES) -> None:
    """Take all screenshots."""
    directory.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, case in CHECKS.items():
            page = check_pictures.new_page(browser)
            check_pictures.show(page, case)
            _keep(page, directory / f"{name}.png")
    with tempfile.TemporaryDirectory() as made, GitHub() as github:
        folder = Path(made) / "hotfix"
        folder.mkdir()
        github.sign_in(github.create_user("dev"))
        public = {"HOTFIX_PUBLIC_URL": "https://hotfix.example.com"}
        with Unconfigured(github, folder, **public) as service, chromium() as browser:
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.goto(service.link.replace(public["HOTFIX_PUBLIC_URL"], f"http://127.0.0.1:{service.listening_port}"))
            _keep(page, directory / "setup.png")


def _keep(page: Page, path: Path) -> None:
    """Save the upper part of a page, at its full width and no taller than its content."""
    height = page.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
    clip = {"x": 0.0, "y": 0.0, "width": 900.0, "height": float(min(height + 8, TALLEST))}
    page.screenshot(path=str(path), clip=clip, full_page=True)  # type: ignore[arg-type]
    page.close()


if __name__ == "__main__":
    take()
