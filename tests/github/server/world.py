"""The simulated GitHub as a whole: accounts, repositories, Apps, tokens and event listeners."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github.server.clock import Clock
from tests.github.server.hooks import Hooks
from tests.github.server.pages.oauth_state import OAuth
from tests.github.server.repository.git import GitRepo
from tests.github.server.routing import Problem, invalid
from tests.github.server.state import JSON, Account, App, Installation, Issue, Repo, Team, Token

TOKEN_LIFETIME = 3600.0
KEYS: list[tuple[Any, str]] = []
"""Key pairs generated once per process: generating one takes 50-200 ms."""

DEFAULT_PERMISSIONS = {
    "metadata": "read",
    "actions": "write",
    "administration": "read",
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "members": "read",
    "merge_queues": "read",
    "pull_requests": "write",
    "statuses": "read",
}
DEFAULT_EVENTS = [
    "check_run", "check_suite", "create", "delete", "deployment", "deployment_protection_rule", "deployment_status",
    "issue_comment", "issues", "label", "member", "membership", "merge_group", "organization", "pull_request",
    "pull_request_review", "push", "release", "repository", "status", "sub_issues", "team", "team_add",
    "workflow_run",
]  # fmt: skip


def key_pair(index: int) -> tuple[Any, str]:
    """Return the public key and the private PEM of the App with this index."""
    while len(KEYS) <= index:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        KEYS.append((key.public_key(), pem.decode()))
    return KEYS[index]


class World:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = ""
        self.api_url = ""
        self.signed_in: Account | None = None
        self.manifests: dict[str, tuple[JSON, Account, str]] = {}
        self.manifest_codes: dict[str, tuple[App, datetime]] = {}
        self.oauth = OAuth()
        self.clock = Clock()
        self.accounts: dict[str, Account] = {}
        self.by_id: dict[int, Account] = {}
        self.repos: dict[str, Repo] = {}
        self.repos_by_id: dict[int, Repo] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.checked_jwts: dict[str, int] = {}
        self.token_lifetime = TOKEN_LIFETIME
        self.shown_users: dict[Any, JSON] = {}
        self.shown_links: dict[Any, JSON] = {}
        self.nodes: dict[str, Any] = {}
        self.hooks = Hooks(self)
        self.pusher_is_actions = False
        self.lags: list[Any] = []
        self.limits: Any = None
        self.rewords = False
        """Whether display text written by Apps and workflows is reworded."""
        self.violations: list[str] = []
        """Exchanges that violated GitHub's published descriptions."""
        self.other_apps: list[App] = []
        """Apps that own checks on commits but can't be used as an actor."""
        self.on_event: list[Callable[[Repo, str, JSON, Account], None]] = []
        self._ids = itertools.count(5_000_000_001)
        self._small_ids = itertools.count(1001)
        self.actions_app: App | None = None

    def new_id(self) -> int:
        """Return an ID beyond 32 bits, like those of GitHub's comments, reviews, check runs and deployments."""
        return next(self._ids)

    def ids_from(self, first: int) -> None:
        self._ids = itertools.count(first)

    def new_small_id(self) -> int:
        """Return a small ID, like those of accounts, Apps, installations, repositories and teams."""
        return next(self._small_ids)

    # --- accounts ---

    def find_account(self, login: str) -> Account:
        account = self.accounts.get(login.casefold())
        if account is None:
            raise Problem(404, "Not Found")
        return account

    def find_org(self, login: str) -> Account:
        account = self.find_account(login)
        if not account.is_org:
            raise Problem(404, "Not Found")
        return account

    def create_account(self, login: str, kind: str, name: str | None = None, email: str | None = None) -> Account:
        if login.casefold() in self.accounts:
            raise invalid("User", "login", "already_exists")
        if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(\[bot\])?", login):
            raise invalid("User", "login")
        number = self.new_small_id()
        prefix = {"User": "U", "Organization": "O", "Bot": "BOT"}[kind]
        if email is None and kind == "User":
            email = f"{login}@example.com"
        account = Account(number, login, kind, self.clock.now(), name, email, node_prefix=prefix)
        self.accounts[login.casefold()] = self.by_id[number] = account
        return account

    def by_email(self, email: str) -> Account | None:
        """Return the account with this commit email address."""
        match = re.fullmatch(r"(?:\d+\+)?(.+)@users\.noreply\.github\.com", email)
        if match:
            return self.accounts.get(match.group(1).casefold())
        wanted = email.casefold()
        found = (a for a in self.accounts.values() if a.email and a.email.casefold() == wanted and not a.deleted)
        return next(found, None)

    def find_team(self, org: str, slug: str) -> Team:
        team = self.find_org(org).teams.get(slug.casefold())
        if team is None:
            raise Problem(404, "Not Found")
        return team

    # --- repositories ---

    def find_repo(self, owner: str, name: str) -> Repo:
        repo = self.repos.get(f"{owner}/{name}".casefold())
        if repo is None:
            raise Problem(404, "Not Found")
        repo.git.touch()
        return repo

    def create_repo(self, owner: Account, name: str, default_branch: str, parent: Repo | None = None) -> Repo:
        key = f"{owner.login}/{name}".casefold()
        if key in self.repos:
            raise invalid("Repository", "name", "already_exists", "name already exists on this account")
        number = self.new_small_id()
        path = self.root / f"{number}.git"
        git = GitRepo(path, default_branch, parent.git if parent else None)
        repo = Repo(number, name, owner, git, self.clock.now(), default_branch, parent=parent)
        self.repos[key] = self.repos_by_id[number] = repo
        return repo

    def forget_repo(self, repo: Repo) -> None:
        self.repos.pop(repo.full_name.casefold(), None)
        self.repos_by_id.pop(repo.id, None)
        repo.deleted = True

    def find_issue(self, repo: Repo, number: int) -> Issue:
        issue = repo.issues.get(number)
        if issue is None:
            raise Problem(404, "Not Found")
        return issue

    # --- apps and tokens ---

    def create_app(self, slug: str, owner: Account, permissions: dict[str, str], events: Iterable[str]) -> App:
        public, pem = key_pair(len(self.apps))
        bot = self.create_account(f"{slug}[bot]", "Bot")
        number = self.new_small_id()
        app = App(
            number, slug, slug.replace("-", " ").title(), owner, bot, dict(permissions), list(events), public, pem,
            f"Iv23li{number:014}", self.clock.now(), secrets.token_hex(16),
        )  # fmt: skip
        bot.app = app
        self.apps[number] = app
        return app

    def builtin_app(self) -> App:
        """Return the GitHub Actions App, whose bot acts when a job uses its GITHUB_TOKEN."""
        if self.actions_app is None:
            github = self.accounts.get("github") or self.create_account("github", "Organization")
            bot = self.create_account("github-actions[bot]", "Bot")
            self.actions_app = App(
                self.new_small_id(), "github-actions", "GitHub Actions", github, bot, {}, [], None, "", "Iv1.actions",
                self.clock.now(), "",
            )  # fmt: skip
            bot.app = self.actions_app
        return self.actions_app

    def user_token(self, account: Account) -> Token:
        token = Token(f"ghp_{secrets.token_hex(18)}", "user", account)
        self.tokens[token.text] = token
        return token

    def installation_token(
        self, installation: Installation, permissions: dict[str, str], repo_ids: set[int] | None
    ) -> Token:
        expires = self.clock.now() + timedelta(seconds=self.token_lifetime)
        token = Token(
            f"ghs_{secrets.token_hex(18)}", "installation", installation.app.bot, installation, permissions,
            repo_ids, expires,
        )  # fmt: skip
        self.tokens[token.text] = token
        return token

    def actions_token(self, repo: Repo, permissions: dict[str, str]) -> Token:
        app = self.builtin_app()
        token = Token(f"ghs_{secrets.token_hex(18)}", "actions", app.bot, None, permissions, {repo.id})
        self.tokens[token.text] = token
        return token

    def installation_for(self, app: App, account: Account) -> Installation | None:
        return next((i for i in self.installations.values() if i.app is app and i.account is account), None)

    def close(self) -> None:
        for repo in self.repos_by_id.values():
            repo.git.close()
