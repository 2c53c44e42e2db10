"""Whose review of a hotfix counts, what they said last, and whom to ask.

A person's last word counts: an approval or a wish for changes stands until the same person gives another, or it is
dismissed; a mere comment changes nothing. An approval counts on the head SHA alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hotfix.facts import Facts, Person, Review, ReviewState

_NOREPLY = re.compile(r"(?:[0-9]+\+)?([^@+]+)@users\.noreply\.github\.com\Z", re.IGNORECASE)
_NOBODY = frozenset({"web-flow"})
"""GitHub's own committer of what is merged or edited on its pages."""
_DECIDES = (ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a group of people (logins) says about the head."""

    eligible: frozenset[str]
    """Who of the group may approve: no author, co-author or committer of the branch, nor the pull request's author."""
    approvals: tuple[Review, ...]
    """Those that count."""
    stale: tuple[Review, ...]
    """Approvals of eligible people on an older commit."""
    objections: tuple[Review, ...]
    """Wishes for changes on the head, from anyone of the group."""
    stale_objections: tuple[Review, ...]
    """Wishes for changes on an older commit: those who gave them must look again."""


def standing(facts: Facts, group: Collection[str]) -> Standing:
    """Who of the group may approve, and what the group says now. Without a pull request nobody said anything."""
    involved = authors(facts)
    eligible = frozenset(login for login in group if login.casefold() not in involved)
    can = {login.casefold() for login in eligible}
    members = {login.casefold() for login in group}
    approvals: list[Review] = []
    stale: list[Review] = []
    objections: list[Review] = []
    stale_objections: list[Review] = []
    for review in last_words(facts):
        who, on_head = review.author.login.casefold(), review.sha == facts.head_sha
        if review.state is ReviewState.APPROVED and who in can:
            (approvals if on_head else stale).append(review)
        elif review.state is ReviewState.CHANGES_REQUESTED and who in members:
            (objections if on_head else stale_objections).append(review)
    return Standing(eligible, tuple(approvals), tuple(stale), tuple(objections), tuple(stale_objections))


def last_words(facts: Facts) -> tuple[Review, ...]:
    """Each person's last decision, in the order in which they were given. Bots have none."""
    last: dict[str, Review] = {}
    for review in sorted(facts.pull.reviews if facts.pull else (), key=lambda review: review.submitted_at):
        if review.state in _DECIDES and review.author.login and not review.author.is_bot:
            last.pop(review.author.login.casefold(), None)
            last[review.author.login.casefold()] = review
    return tuple(last.values())


def authors(facts: Facts) -> frozenset[str]:
    """Casefolded logins of all who had a hand in the branch, and of the pull request's author.

    An address in a commit is taken for an account's when it is GitHub's own for it, or when another commit of the
    branch names both.
    """
    people = [person for commit in facts.commits for person in (commit.author, commit.committer, *commit.co_authors)]
    if facts.pull and facts.pull.author:
        people.append(facts.pull.author)
    accounts = {person.email.casefold(): person.login for person in people if person.login and person.email}
    reviewers = [review.author for review in facts.pull.reviews] if facts.pull else []
    accounts |= {person.email.casefold(): person.login for person in reviewers if person.login and person.email}
    found = {login.casefold() for person in people for login in _logins(person, accounts)}
    return frozenset(found - _NOBODY)


def _logins(person: Person, accounts: dict[str, str]) -> Iterator[str]:
    if person.login:
        yield person.login
    elif person.email:
        if match := _NOREPLY.match(person.email):
            yield match[1]
        if login := accounts.get(person.email.casefold()):
            yield login


def strangers(facts: Facts) -> tuple[str, ...]:
    """Addresses in the branch's commits that belong to no known account: whose they are can't be told."""
    people = [person for commit in facts.own_commits for person in (commit.author, *commit.co_authors)]
    accounts = {person.email.casefold(): person.login for person in people if person.login and person.email}
    unknown = (person.email for person in people if person.email and not any(_logins(person, accounts)))
    return tuple(dict.fromkeys(unknown))


def whom_to_request(facts: Facts, keep: Collection[str] = ()) -> tuple[str | None, tuple[str, ...]]:
    """Which tech lead to request a review from, and which requests to take back, for a fast review by one person.

    None where nobody needs asking: one was asked, is looking at the head, approved it or wants changes to it; or the
    pull request is a draft or closed, where nothing is taken back either. The security team's members keep their
    requests, and so do the logins and teams (`org/team`) in `keep`.
    """
    pull = facts.pull
    if pull is None or pull.draft or not pull.open:
        return None, ()
    leads = standing(facts, facts.people.tech_leads)
    asked = [login for login in pull.requested_reviewers if _in(login, leads.eligible)]
    stays = {login.casefold() for login in (*facts.people.security, *keep)}
    chosen = in_charge(facts, leads)
    done = bool(leads.objections or (leads.approvals and not leads.stale_objections))
    request = None
    if chosen and not done and not _in(chosen, asked) and not _is_looking(facts, chosen):
        request = chosen
    stays |= {chosen.casefold()} if chosen and not done else set()
    unrequest = tuple(login for login in pull.requested_reviewers if login.casefold() not in stays)
    return request, unrequest


def in_charge(facts: Facts, leads: Standing) -> str | None:
    """The one tech lead whose act is awaited: who looked at it before, else who was asked, else one by turns."""
    if facts.pull is None or not leads.eligible:
        return None
    looked = [review.author.login for review in (*leads.stale_objections, *reversed(leads.stale))]
    looking = [login for login in sorted(leads.eligible) if _is_looking(facts, login)]
    for login in (*looked, *facts.pull.requested_reviewers, *looking):
        if found := next((lead for lead in leads.eligible if lead.casefold() == login.casefold()), None):
            return found
    by_turns = sorted(leads.eligible, key=str.casefold)
    return by_turns[facts.pull.number % len(by_turns)]


def _is_looking(facts: Facts, login: str) -> bool:
    """Commented on the head: GitHub has taken their request back by that, but they are at it."""
    reviews = facts.pull.reviews if facts.pull else ()
    return any(
        review.author.same_as(login) and review.sha == facts.head_sha and review.state is ReviewState.COMMENTED
        for review in reviews
    )


def _in(login: str, logins: Collection[str]) -> bool:
    return login.casefold() in {other.casefold() for other in logins}
