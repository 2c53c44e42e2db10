"""Determine whether a user may override a rule, from GitHub's state when they request it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotfix.facts import Facts
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.overrides import authors_unknown, permitted
from hotfix.github.read.pull.pull_facts import PullReading, gather
from hotfix.github.transport.client import Client

_NAMED = 5
"""Maximum number of people named in a refusal."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether an override is allowed, and the head that this applies to."""

    head_sha: str
    """The current head SHA; an override applies only to this head."""
    why_not: str
    """The reason for a refusal, as a clause; empty if it is allowed."""

    @property
    def allowed(self) -> bool:
        return not self.why_not


def may_override(client: Client, caches: Caches, repo: str, number: int, login: str, *, now: datetime) -> Permit:
    """Return whether `login` may override a rule: a tech lead or incident commander who isn't an author may."""
    request = EvaluationRequest(client=client.metered(), caches=caches, repo=repo, number=number, now=now)
    gathered = gather(request)
    return Permit(gathered.head_sha, _why_not(gathered, login))


def _why_not(read: PullReading, login: str) -> str:
    number, facts = read.pull.number, read.facts
    if not read.pull.open:
        return f"pull request #{number} is closed"
    if read.policy.error is not None:
        return "the policy is invalid, so it is not known who may override"
    if facts is None:
        return f"pull request #{number} is not a hotfix, so there is nothing to override"
    if permitted(facts, login):
        return ""
    people = facts.people.tech_leads | facts.people.incident_commanders
    if login.casefold() not in {who.casefold() for who in people}:
        if why := facts.missing.get("people"):
            return f"it is not known who may override: {why}"
        return f"only a tech lead or an incident commander may override{_who(facts)}, and {login} is neither"
    if why := authors_unknown(facts):
        return f"it is not known who contributed to this branch: {why}"
    return f"{login} contributed to this branch, and contributors can't override rules for it{_who(facts)}"


def _who(facts: Facts) -> str:
    """Return who may override, in parentheses."""
    people = sorted(facts.people.tech_leads | facts.people.incident_commanders, key=str.casefold)
    may = [login for login in people if permitted(facts, login)]
    more = f" or {len(may) - _NAMED} more" if len(may) > _NAMED else ""
    return f" (here {' or '.join(may[:_NAMED])}{more} may)" if may else " (here nobody else may)"
