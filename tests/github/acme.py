"""A ready repository: an organization with teams, history, a release in production, an installed App."""

from __future__ import annotations

from typing import Any

from tests.github.client.github import GitHubClient
from tests.github.client.pull import Pull
from tests.github.client.repo import Files

TAG = "v1.2.3"

POLICY = """\
label: hotfix
production:
  environment: production
  tags: ["v*"]
branches:
  head: ["hotfix/*"]
  base: [main]
  back_merge: [main]
people:
  tech_leads: [acme/tech-leads]
  security: [acme/security]
  incident_commanders: [acme/incident-commanders]
"""

FILES = {
    "README.md": "# Shop\n",
    ".github/hotfix.yml": POLICY,
    "src/cart.py": (
        'def total(prices):\n    """What a cart costs."""\n    return sum(prices)\n\n\n'
        "def discount(price, percent):\n    return price - price * percent / 100\n"
    ),
    "src/session.py": "def is_valid(session, now):\n    return session.expires > now or session.renewed\n",
    "src/__init__.py": "",
    "tests/test_cart.py": "from src.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "requirements.txt": "requests==2.32.3\n",
    "package.json": '{\n  "name": "shop",\n  "version": "1.2.3",\n  "dependencies": {"left-pad": "1.3.0"}\n}\n',
}

FIX = {
    "src/cart.py": FILES["src/cart.py"].replace("percent / 100", "min(percent, 100) / 100"),
    "tests/test_cart.py": (
        "from src.cart import discount, total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\n"
        "def test_discount_is_never_more_than_the_price():\n    assert discount(10, 150) == 0\n"
    ),
}

GOOD_MESSAGE = """\
hotfix: cap discounts at the price

Fixes #7
Severity: P0

Changes:
- cap the percentage at 100

Tested:
- a discount of 150 percent: the price is 0

Rollback: git revert HEAD
"""

GOOD_TITLE = "HOTFIX: discounts above 100 percent pay customers"

GOOD_BODY = """\
# HOTFIX: discounts above 100 percent pay customers

## Severity: P0

## Problem
A discount of more than 100 percent makes the price negative.

Fixes #7

## Impact
- Users affected: 100 %
- Revenue impact: 2,000 an hour
- Duration: 20 minutes

## Root Cause
The percentage is not capped.

## Minimal Fix
Cap the percentage at 100.

## Files to Change
- src/cart.py - cap the percentage
- tests/test_cart.py - the case that broke

## Verification
1. Apply a discount of 150 percent: the price is 0

## Rollback Plan
git revert the commit, deploy v1.2.3

## Post-Fix Actions
- [ ] Create follow-up ticket for permanent fix
- [ ] Update monitoring/alerts
- [ ] Post-mortem scheduled
"""


class Acme:
    """The repository `acme/shop`: `main` is two commits ahead of `v1.2.3`, which runs in production."""

    def __init__(self, github: GitHubClient, permissions: dict[str, str] | None = None, **settings: Any) -> None:
        self.github = github
        self.org = github.create_org("acme")
        self.dev, self.other, self.lead, self.lead2, self.sec, self.commander, self.admin = github.create_users(
            "dev", "other", "lead", "lead2", "sec", "commander", "admin"
        )
        self.org.add_member(self.admin, "admin")
        self.shop = github.create_repo("acme/shop", files=FILES, message="The shop", **settings)
        for user in (self.dev, self.other):
            self.org.add_member(user)
            self.shop.add_collaborator(user, "push")
        self.leads = self.org.create_team("tech-leads", [self.lead, self.lead2], "maintain", [self.shop])
        self.security = self.org.create_team("security", [self.sec], "push", [self.shop])
        self.commanders = self.org.create_team("incident-commanders", [self.commander], "push", [self.shop])
        self.shop.tag(TAG, message="Release 1.2.3", pusher=self.admin)
        self.production = self.admin.deploy(self.shop, TAG, "production", "success")
        self.shop.commits(
            "main",
            [
                {"files": {"src/wishlist.py": "ITEMS = []\n"}, "message": "Start a wish list", "author": self.other},
                {"files": {"src/wishlist.py": "ITEMS: list = []\n"}, "message": "Type it", "author": self.other},
            ],
        )
        self.app = github.create_app("hotfix", permissions=permissions, owner=self.org)
        self.installation = github.install(self.app, "acme")

    def hotfix(
        self, files: Files | None = None, message: str = GOOD_MESSAGE, body: str = GOOD_BODY, title: str = GOOD_TITLE,
        branch: str = "hotfix/cart", labels: tuple[str, ...] = ("hotfix", "priority:critical"), base: str = "main",
        draft: bool = False, at: str = TAG,
    ) -> Pull:  # fmt: skip
        """Create a hotfix branch from the production tag with one commit by `dev`, and open its pull request."""
        self.shop.branch(branch, at=at, pusher=self.dev)
        self.shop.commit(branch, FIX if files is None else files, message=message, author=self.dev)
        return self.dev.open_pull(self.shop, head=branch, base=base, title=title, body=body, labels=labels, draft=draft)


__all__ = ["FILES", "FIX", "GOOD_BODY", "GOOD_MESSAGE", "GOOD_TITLE", "POLICY", "TAG", "Acme"]
