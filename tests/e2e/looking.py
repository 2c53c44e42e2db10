"""A shop whose service shows its pages, and users who view them in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.browser import arrive
from tests.github import App, GitHub, Installation, Issue, Pull, Repo, User
from tests.github.acme import FILES, FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG
from tests.service.running import PATIENCE, Service, settings

SCREENSHOTS = os.environ.get("HOTFIX_SCREENSHOTS", "")
FORM = """\
### Severity

P0

### Category

API endpoint down

### Component

checkout

### Users affected

40 %

### Incident commander

@commander

### Customer-facing

yes

### What is broken

Every order fails.
"""


@dataclass
class Shop:
    """The private repository `acme/shop` with a service, a writer and a user without access."""

    github: GitHub
    app: App
    installation: Installation
    repo: Repo
    service: Service
    dev: User
    lead: User
    reader: User
    stranger: User

    def incident(self, title: str = "Checkout fails for every order") -> Issue:
        """Report an incident with the issue form."""
        return self.dev.report(self.repo, title, FORM)

    def hotfix(self, issue: int = 7, branch: str = "hotfix/cart") -> Pull:
        """Open a pull request that fixes an issue."""
        message, body = (text.replace("#7", f"#{issue}") for text in (GOOD_MESSAGE, GOOD_BODY))
        self.repo.branch(branch, at=TAG)
        self.repo.commit(branch, FIX, message=message, author=self.dev)
        labels = ["hotfix", "priority:critical"]
        return self.dev.open_pull(self.repo, head=branch, base="main", title=GOOD_TITLE, body=body, labels=labels)

    def log_in(self, browser: Browser, who: User, path: str = "/", **options: object) -> Page:
        """Log in with a new browser context and return its page."""
        self.github.sign_in(who)
        context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.goto(f"{self.service.url}/login?next={path}")
        if "/login/oauth/authorize" in page.url:
            page.get_by_role("button", name="Authorize").click()
        arrive(page, f"{self.service.url}{path}")
        return page


@contextmanager
def open_shop(github: GitHub, folder: Path, **others: str) -> Iterator[Shop]:
    """Start the shop and its service."""
    org = github.create_org("acme")
    dev, lead, commander, reader, stranger = (
        github.create_user(login) for login in ("dev", "lead", "commander", "reader", "stranger")
    )
    for user in (dev, lead, commander):
        org.add_member(user)
    repo = github.create_repo("acme/shop", files=FILES, owner=dev, private=True)
    org.create_team("tech-leads", members=[lead], permission="maintain", repos=[repo])
    org.create_team("incident-commanders", members=[commander], permission="push", repos=[repo])
    org.create_team("security", members=[lead], permission="push", repos=[repo])
    repo.add_collaborator(dev, "push")
    repo.add_collaborator(reader, "pull")
    repo.tag(TAG)
    repo.commit("main", {"src/wishlist.py": "ITEMS = []\n"}, author=dev)
    app = github.create_app("hotfix")
    installation = github.install(app, "acme")
    login = {"HOTFIX_CLIENT_ID": app.client_id, "HOTFIX_CLIENT_SECRET": app.client_secret}
    service = Service(folder, settings(github, app, f"sqlite:///{folder}/hotfix.db") | login | others).start()
    try:
        app.webhook_url = service.webhook_url
        app.callback_url(f"{service.url}/login/callback")
        yield Shop(github, app, installation, repo, service, dev, lead, reader, stranger)
    finally:
        service.stop()
    assert "Traceback" not in service.output, service.output[-4000:]


def keep(page: Page, name: str) -> None:
    """Save a picture for review if a directory for pictures is set."""
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)
