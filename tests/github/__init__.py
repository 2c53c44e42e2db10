"""A simulated GitHub, backed by git, for tests, demo, bench and fault campaign. See README.md."""

from tests.github.acme import Acme
from tests.github.client.apps import App, Installation, Org, Team
from tests.github.client.github import GitHubClient
from tests.github.client.http import Answer, Refused
from tests.github.client.issue import Issue
from tests.github.client.pull import Pull
from tests.github.client.records import Call, Delivery, round_trips
from tests.github.client.repo import Repo
from tests.github.client.user import User
from tests.github.server.hooks import sign
from tests.github.server.world import DEFAULT_EVENTS, DEFAULT_PERMISSIONS
from tests.github.sim import GitHub

__all__ = [
    "DEFAULT_EVENTS",
    "DEFAULT_PERMISSIONS",
    "Acme",
    "Answer",
    "App",
    "Call",
    "Delivery",
    "GitHub",
    "GitHubClient",
    "Installation",
    "Issue",
    "Org",
    "Pull",
    "Refused",
    "Repo",
    "Team",
    "User",
    "round_trips",
    "sign",
]
