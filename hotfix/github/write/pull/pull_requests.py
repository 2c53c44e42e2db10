"""Open a hotfix's own pull request, one per branch, and set its labels and reviewers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused

_PULLS = "/repos/{repo}/pulls"
_LABELS = "/repos/{repo}/issues/{number}/labels"
_REVIEWERS = "/repos/{repo}/pulls/{number}/requested_reviewers"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPull:
    """An open pull request."""

    number: int
    url: str
    title: str
    body: str
    author: str
    labels: tuple[str, ...]
    is_new: bool = False

    def lacks(self, labels: Collection[str]) -> tuple[str, ...]:
        """Return those of the labels that it lacks, ignoring case."""
        has = {label.casefold() for label in self.labels}
        return tuple(label for label in labels if label.casefold() not in has)


def find(client: Client, repo: str, head: str) -> OpenPull | None:
    """Return the open pull request of a branch, `owner:branch`; None if there is none."""
    found = client.get(_PULLS, params={"head": head, "state": "open"}, repo=repo)
    return _read(found[0]) if found else None


def create(client: Client, repo: str, *, head: str, base: str, title: str, body: str, draft: bool) -> OpenPull:
    """Open a pull request. Raises RequestRefused if GitHub can't (no commits, no such base)."""
    made = client.post(_PULLS, {"head": head, "base": base, "title": title, "body": body, "draft": draft}, repo=repo)
    return _read(made, is_new=True)


def edit(client: Client, repo: str, number: int, *, title: str, body: str) -> None:
    """Replace a pull request's title and body."""
    client.patch(f"{_PULLS}/{{number}}", {"title": title, "body": body}, repo=repo, number=number)


def add_labels(client: Client, repo: str, pull: OpenPull, labels: Collection[str]) -> None:
    """Add the labels that the pull request lacks. GitHub creates labels that don't exist."""
    if missing := pull.lacks(labels):
        client.post(_LABELS, {"labels": list(missing)}, repo=repo, number=pull.number)


def reviewers(client: Client, repo: str, number: int) -> tuple[str, ...]:
    """Return the requested reviewers: logins, and teams by their slugs."""
    found = client.get(_REVIEWERS, repo=repo, number=number)
    return (*(user["login"] for user in found["users"]), *(team["slug"] for team in found["teams"]))


def ask_one(client: Client, repo: str, pull: OpenPull, people: Collection[str]) -> str:
    """Request a review from the first person who can review; return their login, or empty if there is none.

    `people`: logins, and teams as `org/team`. For a team, the first member who can review is requested, because one
    tech lead reviews a hotfix.
    """
    for name in people:
        for login in _members(client, name):
            if login.casefold() == pull.author.casefold():
                continue
            try:
                client.post(_REVIEWERS, {"reviewers": [login]}, repo=repo, number=pull.number)
            except RequestRefused:
                continue
            except NotPermitted:
                return ""
            return login
    return ""


def _members(client: Client, name: str) -> list[str]:
    org, slash, team = name.partition("/")
    if not slash:
        return [name]
    try:
        found = client.get("/orgs/{org}/teams/{team}/members", org=org, team=team)
    except (NotFound, NotPermitted):
        return []
    return [str(member["login"]) for member in found]


def _read(pull: Mapping[str, Any], *, is_new: bool = False) -> OpenPull:
    return OpenPull(
        number=pull["number"],
        url=pull["html_url"],
        title=pull["title"],
        body=pull["body"] or "",
        author=(pull["user"] or {}).get("login", ""),
        labels=tuple(label["name"] for label in pull["labels"]),
        is_new=is_new,
    )
