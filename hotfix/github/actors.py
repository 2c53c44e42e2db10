"""Who may do what on one pull request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotfix.github.caches import Caches
from hotfix.github.client import Client


@dataclass(frozen=True, slots=True)
class Permit:
    allowed: bool
    head_sha: str
    """The head SHA at the time of asking: an override is bound to it."""
    why_not: str = ""
    """One sentence when refused."""


def may_override(client: Client, caches: Caches, repo: str, number: int, login: str, *, now: datetime) -> Permit:
    """May `login` set a rule aside here: a tech lead or incident commander who is no author of the branch."""
    raise NotImplementedError
