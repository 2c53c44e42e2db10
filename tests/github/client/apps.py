"""Test handles for Apps, installations, organizations and teams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.github.client.base import JSON, Wire
from tests.github.client.repo import Repo
from tests.github.client.user import User


class App:
    def __init__(self, wire: Wire, said: JSON, webhook_url: str | None) -> None:
        self.wire = wire
        self.id: int = said["id"]
        self.slug: str = said["slug"]
        self.private_key: str = said["private_key"]
        self.webhook_secret: str = said["webhook_secret"]
        self.client_id: str = said["client_id"]
        self.client_secret: str = said["client_secret"]
        self._webhook_url = webhook_url

    @property
    def webhook_url(self) -> str | None:
        return self._webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._webhook_url = url
        self.wire.sim("webhook_url", app=self.id, url=url)

    def rotate_secret(self, secret: str) -> None:
        self.webhook_secret = secret
        self.wire.sim("webhook_url", app=self.id, url=self._webhook_url, secret=secret)

    def webhook_form(self, content_type: str = "json", *, verified: bool = True) -> None:
        """Set the webhook content type (`json` or `form`) and whether GitHub verifies the receiver's certificate."""
        insecure = "0" if verified else "1"
        self.wire.sim("webhook_form", app=self.id, content_type=content_type, insecure_ssl=insecure)

    def callback_url(self, url: str) -> None:
        """Set the callback URL of the App's user login."""
        self.wire.sim("callback_url", app=self.id, url=url)

    def revoke_authorization(self, user: User) -> None:
        """Revoke the user's authorization of this App."""
        self.wire.sim("revoke_authorization", app=self.id, login=user.login)

    def jwt(self, seconds: int = 540) -> str:
        return str(self.wire.sim("make_jwt", app=self.id, seconds=seconds))

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        return self.wire.rest(method, path, self.jwt(), body)


class Installation:
    def __init__(self, wire: Wire, number: int) -> None:
        self.wire = wire
        self.id = number

    def _act(self, what: str, **more: Any) -> None:
        self.wire.sim("installation", id=self.id, act=what, **more)

    def token(self, permissions: Mapping[str, str] | None = None, repositories: Iterable[Repo] | None = None) -> str:
        names = None if repositories is None else [repo.full_name for repo in repositories]
        wanted = None if permissions is None else dict(permissions)
        return str(self.wire.sim("installation_token", id=self.id, permissions=wanted, repositories=names))

    def suspend(self) -> None:
        self._act("suspend")

    def unsuspend(self) -> None:
        self._act("unsuspend")

    def uninstall(self) -> None:
        self._act("uninstall")

    def revoke_tokens(self) -> None:
        self._act("revoke_tokens")

    def accept(self, permissions: Mapping[str, str]) -> None:
        self._act("accept", granted=dict(permissions))

    def add_repo(self, repo: Repo) -> None:
        self._act("add_repo", repo=repo.full_name)

    def remove_repo(self, repo: Repo) -> None:
        self._act("remove_repo", repo=repo.full_name)


class Team:
    def __init__(self, wire: Wire, org: str, slug: str) -> None:
        self.wire = wire
        self.org = org
        self.slug = slug

    @property
    def name(self) -> str:
        """The team's name as written in a policy, `org/team`."""
        return f"{self.org}/{self.slug}"

    def add(self, user: User) -> None:
        self.wire.sim("team_member", org=self.org, slug=self.slug, login=user.login)

    def remove(self, user: User) -> None:
        self.wire.sim("team_member", org=self.org, slug=self.slug, login=user.login, add=False)

    def delete(self) -> None:
        self.wire.sim("delete_team", org=self.org, slug=self.slug)


class Org:
    def __init__(self, wire: Wire, login: str) -> None:
        self.wire = wire
        self.login = login

    def add_member(self, user: User, role: str = "member") -> None:
        self.wire.sim("org_member", org=self.login, login=user.login, role=role)

    def remove_member(self, user: User) -> None:
        self.wire.sim("org_member", org=self.login, login=user.login, role=None)

    def create_team(
        self, slug: str, members: Iterable[User] = (), permission: str = "pull", repos: Iterable[Repo] = (),
        parent: Team | None = None,
    ) -> Team:  # fmt: skip
        made = self.wire.sim(
            "create_team", org=self.login, slug=slug, permission=permission, parent=parent.slug if parent else None,
            members=[user.login for user in members], repos=[repo.full_name for repo in repos],
        )  # fmt: skip
        return Team(self.wire, self.login, made["slug"])
