"""JSON of accounts, teams, Apps and installations."""

from __future__ import annotations

from urllib.parse import quote

from tests.github.server.clock import iso, iso_or_none
from tests.github.server.state import JSON, Account, App, Installation, Repo, Team
from tests.github.server.world import World

GHOST_ID = 10137


def user(world: World, account: Account) -> JSON:
    key = (account.login, account.deleted, account.type, account.site_admin)
    found = world.shown_users.get((account.id, key))
    if found is None:
        found = world.shown_users[account.id, key] = _user(world, account)
    return found


def _user(world: World, account: Account) -> JSON:
    login, number, node = (
        ("ghost", GHOST_ID, "U_ghost") if account.deleted else (account.login, account.id, account.node_id)
    )
    url = f"{world.api_url}/users/{quote(login)}"
    page = f"{world.url}/apps/{account.app.slug}" if account.app else f"{world.url}/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node,
        "avatar_url": f"{world.url}/avatars/u/{number}",
        "gravatar_id": "",
        "url": url,
        "html_url": page,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": account.site_admin,
    }


def user_or_none(world: World, account: Account | None) -> JSON | None:
    return user(world, account) if account else None


def public_user(world: World, account: Account) -> JSON:
    return {
        **user(world, account),
        "name": account.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": account.email,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.created_at),
    }


def organization(world: World, org: Account) -> JSON:
    """Return an organization as in webhooks."""
    url = f"{world.api_url}/orgs/{org.login}"
    return {
        "login": org.login,
        "id": org.id,
        "node_id": org.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/u/{org.id}",
        "description": None,
    }


def full_organization(world: World, org: Account) -> JSON:
    return {
        **organization(world, org),
        "name": org.name,
        "html_url": f"{world.url}/{org.login}",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "type": "Organization",
        "created_at": iso(org.created_at),
        "updated_at": iso(org.created_at),
        "archived_at": None,
    }


def team(world: World, one: Team) -> JSON:
    url = f"{world.api_url}/organizations/{one.org.id}/team/{one.id}"
    return {
        "name": one.name,
        "id": one.id,
        "node_id": one.node_id,
        "slug": one.slug,
        "description": one.description,
        "privacy": one.privacy,
        "notification_setting": "notifications_enabled",
        "url": url,
        "html_url": f"{world.url}/orgs/{one.org.login}/teams/{one.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": one.org.id,
        "permission": one.permission,
        "parent": {k: v for k, v in team(world, one.parent).items() if k != "parent"} if one.parent else None,
    }


def full_team(world: World, one: Team) -> JSON:
    return {
        **team(world, one),
        "created_at": iso(one.org.created_at),
        "updated_at": iso(one.org.created_at),
        "members_count": len(one.members),
        "repos_count": len(one.repos),
        "organization": full_organization(world, one.org),
    }


def app(world: World, one: App) -> JSON:
    return {
        "id": one.id,
        "slug": one.slug,
        "client_id": one.client_id,
        "node_id": f"A_{one.id}",
        "owner": user(world, one.owner),
        "name": one.name,
        "description": "",
        "external_url": f"{world.url}/apps/{one.slug}",
        "html_url": f"{world.url}/apps/{one.slug}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "permissions": one.permissions,
        "events": one.events,
    }


def app_or_none(world: World, one: App | None) -> JSON | None:
    return app(world, one) if one else None


def installation(world: World, one: Installation) -> JSON:
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": user(world, one.account),
        "repository_selection": one.selection,
        "access_tokens_url": f"{world.api_url}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.url}/organizations/{one.account.login}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": one.permissions,
        "events": one.events,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(world, one.account) if one.suspended_at else None,
        "suspended_at": iso_or_none(one.suspended_at),
    }


def association(account: Account, repo: Repo) -> str:
    if account is repo.owner:
        return "OWNER"
    if account.id in repo.owner.members:
        return "MEMBER"
    return "COLLABORATOR" if account.id in repo.collaborators else "NONE"
