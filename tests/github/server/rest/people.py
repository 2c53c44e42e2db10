"""Routes of users, organizations, teams, collaborators and rate limits."""

from __future__ import annotations

from tests.github.server.auth import role_of
from tests.github.server.routing import Answer, Problem, Request, route
from tests.github.server.show import people
from tests.github.server.show.repos import full, permissions
from tests.github.server.state import JSON, Account, Repo, at_least

MEMBERS = ("members", "read")
ROLE_NAMES = {"pull": "read", "push": "write", "none": "none"}


@route("GET", "/user", who=("user",))
def get_me(call: Request) -> JSON:
    return people.public_user(call.world, call.me)


@route("GET", "/users/{username}")
def get_user(call: Request) -> JSON:
    return people.public_user(call.world, call.world.find_account(call.params["username"]))


@route("GET", "/orgs/{org}")
def get_org(call: Request) -> JSON:
    return people.full_organization(call.world, call.world.find_org(call.params["org"]))


def _account(call: Request, number: int) -> Account:
    return call.world.by_id[number]


def _seen(call: Request, org: Account) -> None:
    """Check that the actor may see teams and members: only members and installed Apps may."""
    installation = call.actor.installation
    if installation is not None and installation.account is not org:
        raise Problem(404, "Not Found")
    if call.actor.kind == "user" and call.me.id not in org.members and not call.me.site_admin:
        raise Problem(404, "Not Found")


@route("GET", "/orgs/{org}/members", MEMBERS)
def org_members(call: Request) -> Answer:
    org = call.world.find_org(call.params["org"])
    _seen(call, org)
    role = call.query.get("role", "all")
    found = [n for n, held in org.members.items() if role in ("all", held)]
    return call.listed(found, lambda n: people.user(call.world, _account(call, n)))


@route("GET", "/orgs/{org}/members/{username}", MEMBERS, status=204)
def is_member(call: Request) -> None:
    org = call.world.find_org(call.params["org"])
    if call.world.find_account(call.params["username"]).id not in org.members:
        raise Problem(404, "Not Found")


@route("GET", "/orgs/{org}/teams", MEMBERS)
def org_teams(call: Request) -> Answer:
    org = call.world.find_org(call.params["org"])
    _seen(call, org)
    return call.listed(list(org.teams.values()), lambda t: people.team(call.world, t))


@route("GET", "/orgs/{org}/teams/{team_slug}", MEMBERS)
def get_team(call: Request) -> JSON:
    team = call.world.find_team(call.params["org"], call.params["team_slug"])
    _seen(call, team.org)
    return people.full_team(call.world, team)


@route("GET", "/orgs/{org}/teams/{team_slug}/members", MEMBERS)
def team_members(call: Request) -> Answer:
    team = call.world.find_team(call.params["org"], call.params["team_slug"])
    _seen(call, team.org)
    role = call.query.get("role", "all")
    found = [n for n, held in team.everyone.items() if role in ("all", held) and not _account(call, n).deleted]
    return call.listed(found, lambda n: people.user(call.world, _account(call, n)))


@route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", MEMBERS)
def team_membership(call: Request) -> JSON:
    team = call.world.find_team(call.params["org"], call.params["team_slug"])
    _seen(call, team.org)
    login = call.params["username"]
    role = team.members.get(call.world.find_account(login).id)
    if role is None:
        raise Problem(404, "Not Found")
    where = f"{call.world.api_url}/organizations/{team.org.id}/team/{team.id}/memberships/{login}"
    return {"url": where, "role": role, "state": "active"}


@route("GET", "/orgs/{org}/teams/{team_slug}/repos", MEMBERS)
def team_repos(call: Request) -> Answer:
    team = call.world.find_team(call.params["org"], call.params["team_slug"])
    _seen(call, team.org)
    found = [call.world.repos_by_id[n] for n in team.repos if n in call.world.repos_by_id]
    return call.listed(found, lambda r: full(call.world, r, call.actor.account))


# --- collaborators ---


def _collaborators(call: Request, repo: Repo) -> list[Account]:
    accounts = [a for a in call.world.accounts.values() if a.type == "User" and not a.site_admin]
    owner = repo.owner
    teams = {n for team in owner.teams.values() if repo.id in team.repos for n in team.members}
    known = {owner.id, *owner.members, *repo.collaborators, *teams}
    return [a for a in accounts if a.id in known]


def _role_name(role: str) -> str:
    return ROLE_NAMES.get(role, role)


def _collaborator(call: Request, account: Account) -> JSON:
    role = role_of(account, call.repo)
    return {
        **people.user(call.world, account),
        "permissions": permissions(account, call.repo),
        "role_name": _role_name(role),
    }


@route("GET", "/repos/{owner}/{repo}/collaborators", ("metadata", "read"), role="push")
def list_collaborators(call: Request) -> Answer:
    found = _collaborators(call, call.repo)
    wanted = call.query.get("permission")
    if wanted:
        found = [a for a in found if at_least(role_of(a, call.repo), wanted)]
    affiliation = call.query.get("affiliation", "all")
    if affiliation == "direct":
        found = [a for a in found if a.id in call.repo.collaborators]
    elif affiliation == "outside":
        found = [a for a in found if a.id not in call.repo.owner.members]
    return call.listed(found, lambda a: _collaborator(call, a))


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}", ("metadata", "read"), role="push", status=204)
def is_collaborator(call: Request) -> None:
    if call.world.find_account(call.params["username"]) not in _collaborators(call, call.repo):
        raise Problem(404, "Not Found")


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", ("metadata", "read"))
def permission(call: Request) -> JSON:
    account = call.world.find_account(call.params["username"])
    role = role_of(account, call.repo)
    coarse = {"maintain": "push", "triage": "pull"}.get(role, role)
    return {
        "permission": _role_name(coarse),
        "role_name": _role_name(role),
        "user": _collaborator(call, account),
    }


@route("GET", "/repos/{owner}/{repo}/teams", ("administration", "read"))
def repo_teams(call: Request) -> Answer:
    found = [t for t in call.repo.owner.teams.values() if call.repo.id in t.repos]

    def one(team: object) -> JSON:
        held = next(t for t in found if t is team)
        return {**people.team(call.world, held), "permission": held.repos[call.repo.id]}

    return call.listed(found, one)


@route("GET", "/rate_limit")
def rate_limit(call: Request) -> JSON:
    budget = call.world.limits.budget(call.actor.label)
    core = {
        "limit": budget.limit, "used": budget.used, "remaining": budget.remaining, "reset": int(budget.reset_at),
    }  # fmt: skip
    other = {**core, "limit": 5000, "used": 0, "remaining": 5000}
    return {
        "resources": {"core": core, "graphql": other, "search": {**other, "limit": 30, "remaining": 30}},
        "rate": core,
    }


@route("GET", "/meta")
def meta(call: Request) -> JSON:
    return {"verifiable_password_authentication": False}
