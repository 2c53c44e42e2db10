"""JSON of repositories, with the fifty URLs that GitHub includes in each."""

from __future__ import annotations

from tests.github.server.auth import role_of
from tests.github.server.clock import iso
from tests.github.server.show.people import organization, user
from tests.github.server.state import JSON, Account, Repo, at_least
from tests.github.server.world import World

BELOW = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def url(world: World, one: Repo) -> str:
    return f"{world.api_url}/repos/{one.full_name}"


def page(world: World, one: Repo) -> str:
    return f"{world.url}/{one.full_name}"


def _links(world: World, one: Repo) -> JSON:
    key = (one.id, one.full_name)
    found = world.shown_links.get(key)
    if found is None:
        root = url(world, one)
        found = world.shown_links[key] = {name: root + rest for name, rest in BELOW.items()}
    return found


def minimal(world: World, one: Repo) -> JSON:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": user(world, one.owner),
        "html_url": page(world, one),
        "description": one.description,
        "fork": one.parent is not None,
        "url": url(world, one),
        **_links(world, one),
    }


def repository(world: World, one: Repo) -> JSON:
    """Return a repository as embedded in pull requests and webhooks."""
    web = page(world, one)
    open_issues = sum(issue.state == "open" for issue in one.issues.values()) if len(one.issues) < 50 else 50
    pushed = iso(one.pushed_at or one.created_at)
    return {
        **minimal(world, one),
        "created_at": iso(one.created_at),
        "updated_at": pushed,
        "pushed_at": pushed,
        "git_url": web.replace("http://", "git://") + ".git",
        "ssh_url": f"git@github.local:{one.full_name}.git",
        "clone_url": web + ".git",
        "svn_url": web,
        "homepage": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": "Python",
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": bool(one.settings.get("archived")),
        "disabled": False,
        "open_issues_count": open_issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "forks": 0,
        "open_issues": open_issues,
        "watchers": 0,
        "default_branch": one.default_branch,
    }


def settings(one: Repo) -> JSON:
    said = one.settings
    return {
        "allow_squash_merge": bool(said.get("allow_squash_merge", True)),
        "allow_merge_commit": bool(said.get("allow_merge_commit", True)),
        "allow_rebase_merge": bool(said.get("allow_rebase_merge", True)),
        "allow_auto_merge": bool(said.get("allow_auto_merge", False)),
        "delete_branch_on_merge": bool(said.get("delete_branch_on_merge", False)),
        "allow_update_branch": bool(said.get("allow_update_branch", False)),
        "use_squash_pr_title_as_default": False,
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "merge_commit_message": "PR_TITLE",
        "merge_commit_title": "MERGE_MESSAGE",
    }


def permissions(account: Account | None, one: Repo) -> JSON:
    role = role_of(account, one)
    return {name: at_least(role, name) for name in ("admin", "maintain", "push", "triage", "pull")}


def full(world: World, one: Repo, viewer: Account | None) -> JSON:
    answer = {
        **repository(world, one),
        **settings(one),
        "permissions": permissions(viewer, one),
        "network_count": 0,
        "subscribers_count": 0,
        "temp_clone_token": "",
        "custom_properties": {},
    }
    if one.owner.is_org:
        answer["organization"] = user(world, one.owner)
    if one.parent is not None:
        answer["parent"] = answer["source"] = repository(world, one.parent)
    return answer


def envelope(world: World, one: Repo) -> JSON:
    """Return the fields common to all webhooks of a repository."""
    carried: JSON = {"repository": {**repository(world, one), "custom_properties": {}}}
    if one.owner.is_org:
        carried["organization"] = organization(world, one.owner)
    return carried
