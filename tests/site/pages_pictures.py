"""`python -m tests.site.pages_pictures`: take the screenshots for docs/pages.md from the demo's pages."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.demo import evaluated, shipped, web
from tests.demo.stage import Stage
from tests.e2e.browser import arrive, chromium

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZES = {"wide": (1100, 760), "phone": (390, 760)}


def take(
    world: Stage, browser: Browser, name: str, path: str, size: str = "wide", scheme: str = "light", top: str = ""
) -> None:
    """Take one screenshot, from the page's start or from the heading `top`."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{world.service.url}/login?next={path}")
    if "/login/oauth/authorize" in page.url:
        page.get_by_role("button", name="Authorize").click()
    arrive(page, f"{world.service.url}{path}")
    if top:
        page.get_by_role("heading", name=top, exact=True).evaluate("each => each.scrollIntoView()")
    page.wait_for_timeout(500)
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    context.close()


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hotfix-pictures-") as folder, web.shown(Path(folder)) as world:
        incident, pull = evaluated.play(world)
        shipped.play(world, incident, pull)
        other = web.second_incident(world)
        world.github.settle()
        life, verdict = f"/acme/shop/incidents/{incident.number}", f"/acme/shop/pull/{pull.number}"
        with chromium() as browser:
            take(world, browser, "pages-act-now", "/")
            take(world, browser, "pages-incident", life)
            take(world, browser, "pages-deployments", life, top="Deployments")
            take(world, browser, "pages-verdict", verdict, top="Evaluations")
            take(world, browser, "pages-deliveries", "/deliveries")
            take(world, browser, "pages-phone", f"/acme/shop/incidents/{other.number}", size="phone", scheme="dark")


if __name__ == "__main__":
    main()
