"""Controls of users, organizations, teams, Apps, installations and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jwt

from tests.github.server import acts, events
from tests.github.server.show import people
from tests.github.server.state import JSON, Installation, Repo, Team
from tests.github.server.world import DEFAULT_EVENTS, DEFAULT_PERMISSIONS, World

if TYPE_CHECKING:
    from tests.github.server.asgi import Server


def create_user(
    server: Server, login: str, name: str | None = None, email: str | None = None, site_admin: bool = False
) -> JSON:
    account = server.world.create_account(login, "User", name or login.title(), email)
    account.site_admin = site_admin
    token = server.world.user_token(account)
    return {"id": account.id, "login": login, "name": account.name, "email": account.email, "token": token.text}


def find_user(server: Server, login: str) -> JSON:
    account = server.world.find_account(login)
    tokens = [t for t in server.world.tokens.values() if t.account is account and t.kind == "user" and not t.revoked]
    token = tokens[0] if tokens else server.world.user_token(account)
    return {"id": account.id, "login": account.login, "name": account.name, "email": account.email, "token": token.text}


def delete_user(server: Server, login: str) -> None:
    account = server.world.find_account(login)
    account.deleted = True
    server.world.accounts.pop(login.casefold())
    for repo in [r for r in server.world.repos_by_id.values() if r.owner is account]:
        _delete(server.world, repo)


def _delete(world: World, repo: Repo) -> None:
    world.forget_repo(repo)
    for other in world.repos_by_id.values():
        for pull in other.pulls:
            if pull.head_repo is repo:
                pull.head_repo = None


def create_org(server: Server, login: str) -> JSON:
    org = server.world.create_account(login, "Organization", login.title())
    return {"id": org.id, "login": org.login}


def org_member(server: Server, org: str, login: str, role: str | None = "member") -> None:
    """Set a member's role; None removes the member."""
    world = server.world
    account, member = world.find_org(org), world.find_account(login)
    if role is None:
        account.members.pop(member.id, None)
        for team in account.teams.values():
            if team.members.pop(member.id, None):
                events.membership(world, team, member, "removed", account)
        events.organization(world, account, "member_removed", member, "member", account)
    else:
        account.members[member.id] = role
        events.organization(world, account, "member_added", member, role, account)


def create_users(server: Server, logins: list[str]) -> list[JSON]:
    return [create_user(server, login) for login in logins]


def create_team(
    server: Server, org: str, slug: str, permission: str = "pull", parent: str | None = None,
    members: Sequence[str] = (), repos: Sequence[str] = (),
) -> JSON:  # fmt: skip
    world = server.world
    account = world.find_org(org)
    team = Team(world.new_small_id(), slug.lower(), slug, account, permission)
    team.parent = world.find_team(org, parent) if parent else None
    account.teams[team.slug] = team
    events.team(world, team, "created", account)
    for login in members:
        team_member(server, org, team.slug, login)
    for repo in repos:
        team_repo(server, org, team.slug, repo, permission)
    return {"id": team.id, "slug": team.slug}


def delete_team(server: Server, org: str, slug: str) -> None:
    world = server.world
    team = world.find_team(org, slug)
    team.org.teams.pop(team.slug)
    events.team(world, team, "deleted", team.org)


def team_member(server: Server, org: str, slug: str, login: str, add: bool = True) -> None:
    world = server.world
    team, member = world.find_team(org, slug), world.find_account(login)
    if add:
        team.org.members.setdefault(member.id, "member")
        team.members[member.id] = "member"
    elif team.members.pop(member.id, None) is None:
        return
    events.membership(world, team, member, "added" if add else "removed", team.org)


def team_repo(server: Server, org: str, slug: str, repo: str, permission: str) -> None:
    world = server.world
    team, one = world.find_team(org, slug), world.find_repo(*repo.split("/"))
    team.repos[one.id] = permission
    events.team(world, team, "added_to_repository", team.org, one)


# --- apps ---


def create_app(
    server: Server, slug: str, permissions: dict[str, str] | None = None, app_events: list[str] | None = None,
    webhook_url: str | None = None, webhook_secret: str | None = None, owner: str | None = None,
) -> JSON:  # fmt: skip
    world = server.world
    account = world.find_account(owner) if owner else None
    if account is None:
        account = world.accounts.get("apps-inc") or world.create_account("apps-inc", "Organization")
    chosen = DEFAULT_PERMISSIONS if permissions is None else permissions
    heard = DEFAULT_EVENTS if app_events is None else app_events
    app = world.create_app(slug, account, {"metadata": "read", **chosen}, heard)
    app.webhook_url = webhook_url
    app.webhook_secret = webhook_secret or secrets.token_hex(16)
    return {
        "id": app.id, "slug": slug, "private_key": app.private_pem, "webhook_secret": app.webhook_secret,
        "client_id": app.client_id, "client_secret": app.client_secret,
    }  # fmt: skip


def callback_url(server: Server, app: int, url: str) -> None:
    """Set the allowed callback URL of the App's user login."""
    server.world.apps[app].callback_urls = (url,)


def revoke_authorization(server: Server, app: int, login: str) -> None:
    """Revoke a user's authorization of the App, which revokes its tokens."""
    server.world.oauth.revoke(server.world.apps[app], server.world.find_account(login))


def webhook_url(server: Server, app: int, url: str | None, secret: str | None = None) -> None:
    one = server.world.apps[app]
    one.webhook_url = url
    one.webhook_secret = one.webhook_secret if secret is None else secret


def webhook_form(server: Server, app: int, content_type: str, insecure_ssl: str) -> None:
    one = server.world.apps[app]
    one.webhook_content_type, one.webhook_insecure_ssl = content_type, insecure_ssl


def find_app(server: Server, app: int) -> JSON:
    return people.app(server.world, server.world.apps[app])


def sign_in(server: Server, login: str | None) -> None:
    """Sign a user in to the browser session; None signs out."""
    server.world.signed_in = server.world.find_account(login) if login else None


def install(server: Server, app: int, account: str, repos: list[str] | None = None) -> JSON:
    world = server.world
    return acts.install_app(world, world.apps[app], world.find_account(account), repos)


def installation(server: Server, id: int, act: str, repo: str | None = None, granted: JSON | None = None) -> None:
    world = server.world
    one = world.installations[id]
    covered = [r for r in world.repos_by_id.values() if one.covers(r)]
    if act == "suspend":
        one.suspended_at = world.clock.now()
        events.emit_installation(world, one, "suspend", one.account, covered)
    elif act == "unsuspend":
        one.suspended_at = None
        events.emit_installation(world, one, "unsuspend", one.account, covered)
    elif act == "uninstall":
        world.installations.pop(id)
        _revoke(world, one)
        events.emit_installation(world, one, "deleted", one.account, covered)
    elif act == "revoke_tokens":
        _revoke(world, one)
    elif act == "accept":
        one.permissions = {"metadata": "read", **(granted or {})}
        _revoke(world, one)
        events.emit_installation(world, one, "new_permissions_accepted", one.account, covered)
    elif act in ("add_repo", "remove_repo") and repo:
        found = world.find_repo(*repo.split("/"))
        if one.selection == "all":
            one.selection, one.repo_ids = "selected", {r.id for r in covered}
        if act == "add_repo":
            one.repo_ids.add(found.id)
            events.emit_installation_repos(world, one, [found], [])
        else:
            one.repo_ids.discard(found.id)
            events.emit_installation_repos(world, one, [], [found])


def _revoke(world: World, one: Installation) -> None:
    for token in world.tokens.values():
        if token.installation is one:
            token.revoked = True


def installation_token(
    server: Server, id: int, permissions: dict[str, str] | None = None, repositories: list[str] | None = None
) -> str:
    world = server.world
    one = world.installations[id]
    ids = None if repositories is None else {world.find_repo(*name.split("/")).id for name in repositories}
    granted = dict(one.permissions) if permissions is None else {"metadata": "read", **permissions}
    return world.installation_token(one, granted, ids).text


def workflow_token(server: Server, repo: str, permissions: dict[str, str] | None = None) -> str:
    one = server.world.find_repo(*repo.split("/"))
    wanted = {"contents": "read"} if permissions is None else permissions
    return server.world.actions_token(one, {"metadata": "read", **wanted}).text


def make_jwt(server: Server, app: int, seconds: int = 540) -> str:
    now = int(server.world.clock.now().timestamp())
    one = server.world.apps[app]
    return jwt.encode({"iat": now - 30, "exp": now + seconds, "iss": str(one.id)}, one.private_pem, algorithm="RS256")


def ids_from(server: Server, first: int) -> None:
    server.world.ids_from(first)


def token_lifetime(server: Server, seconds: float) -> None:
    server.world.token_lifetime = seconds
