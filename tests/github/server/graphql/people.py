"""Views of accounts, teams and Apps."""

from __future__ import annotations

from typing import Any

from tests.github.server.graphql.context import JSON, Context, Refused, View, actor_view, connection, iso
from tests.github.server.repository.objects import Who
from tests.github.server.state import Account, App, Team


class _Account(View):
    def __init__(self, context: Context, account: Account) -> None:
        super().__init__(context)
        self._account = account
        self.id = account.node_id
        self.databaseId = account.id
        self.login = account.login.removesuffix("[bot]")
        self.name = account.name
        self.email = account.email or ""
        self.createdAt = iso(account.created_at)
        self.updatedAt = self.createdAt
        self.url = f"{self._world.url}/{self.login}"
        self.resourcePath = f"/{self.login}"

    def avatarUrl(self, size: int | None = None) -> str:
        return f"{self._world.url}/avatars/u/{self._account.id}"

    def repository(self, name: str, **_: Any) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._world.find_repo(self._account.login, name))


class User(_Account):
    typename = "User"

    @property
    def isSiteAdmin(self) -> bool:
        return self._account.site_admin

    @property
    def isViewer(self) -> bool:
        return self._context.actor.account is self._account


class Bot(_Account):
    typename = "Bot"


class Organization(_Account):
    typename = "Organization"

    def team(self, slug: str) -> View | None:
        found = self._account.teams.get(slug.casefold())
        return TeamView(self._context, found) if found else None

    def teams(self, **args: Any) -> JSON:
        wanted = args.pop("userLogins", None)
        page = {k: args.get(k) for k in ("first", "last", "after", "before")}
        found = list(self._account.teams.values())
        if wanted:
            ids = {self._world.find_account(login).id for login in wanted}
            found = [t for t in found if ids & t.members.keys()]
        return connection(found, lambda t: TeamView(self._context, t), **page)


class TeamView(View):
    typename = "Team"

    def __init__(self, context: Context, team: Team) -> None:
        super().__init__(context)
        self._team = team
        self.id = team.node_id
        self.databaseId = team.id
        self.slug = team.slug
        self.name = team.name
        self.combinedSlug = f"{team.org.login}/{team.slug}"
        self.description = team.description
        self.url = f"{self._world.url}/orgs/{team.org.login}/teams/{team.slug}"
        self.privacy = {"closed": "VISIBLE", "secret": "SECRET"}[team.privacy]

    @property
    def organization(self) -> View | None:
        return actor_view(self._context, self._team.org)

    def members(self, first: int | None = None, last: int | None = None, **args: Any) -> JSON:
        token = self._context.actor.token
        if self._context.actor.kind == "installation" and token and "members" not in token.permissions:
            raise Refused("FORBIDDEN", "Resource not accessible by integration")
        found = [self._world.by_id[number] for number in self._team.members if number in self._world.by_id]
        found = [account for account in found if not account.deleted]
        page = {k: args.get(k) for k in ("after", "before")}
        return connection(found, lambda a: actor_view(self._context, a), first=first, last=last, **page)


class AppView(View):
    typename = "App"

    def __init__(self, context: Context, app: App) -> None:
        super().__init__(context)
        self.id = f"A_{app.id}"
        self.databaseId = app.id
        self.slug = app.slug
        self.name = app.name
        self.clientId = app.client_id
        self.description = ""
        self.createdAt = self.updatedAt = iso(app.created_at)
        self.url = f"{self._world.url}/apps/{app.slug}"


class GitActor(View):
    """A name and email address in a commit, with the matching account."""

    typename = "GitActor"

    def __init__(self, context: Context, who: Who) -> None:
        super().__init__(context)
        self.name = who.name
        self.email = who.email
        self.date = who.when.isoformat()

    @property
    def user(self) -> View | None:
        account = self._world.by_email(self.email)
        return User(self._context, account) if account and account.type == "User" and not account.deleted else None
