"""Decide whose review of a hotfix is valid, what each reviewer decided last, and whom to request a review from.

A reviewer's last decision is used: an approval or an objection (a request for changes) is in effect until the same
person decides again or it is dismissed; a comment changes nothing. An approval covers the head, the base and a spec in
the pull request's body, and becomes stale when one of them changes. An objection is withdrawn only by the person who
raised it, or if another member of the group who may approve dismisses it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from hotfix import spec
from hotfix.facts import Facts, Person, Review, ReviewState
from hotfix.text.lazy_pattern import lazy_pattern

_NOREPLY = lazy_pattern(r"(?:[0-9]+\+)?([^@+]+)@users\.noreply\.[\w.-]{1,200}\Z", re.IGNORECASE)
"""GitHub's noreply address of an account, on github.com or GitHub Enterprise Server."""
_NOBODY = frozenset({"web-flow"})
"""GitHub's own account, the committer of merges and edits made on the web."""
DECISIONS = (ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED)
_DECIDES = (*DECISIONS, ReviewState.DISMISSED)


@dataclass(frozen=True, slots=True)
class ReviewStanding:
    """The decisions of a group of people about the head."""

    eligible: frozenset[str]
    """Members who may approve: not the branch's authors, co-authors or committers, nor the pull request's author."""
    approvals: tuple[Review, ...]
    """The valid approvals."""
    stale: tuple[Review, ...]
    """Approvals by eligible people of an older head, base or spec; `why_stale` returns the reason."""
    objections: tuple[Review, ...]
    """Requests for changes on the head, by any member of the group."""
    stale_objections: tuple[Review, ...]
    """Requests for changes on an older commit, whose authors must review again."""


def standing(facts: Facts, group: Collection[str]) -> ReviewStanding:
    """Return which members of the group may approve, and their decisions. Without a pull request there are none."""
    involved = authors(facts)
    eligible = frozenset(login for login in group if login.casefold() not in involved)
    can = {login.casefold() for login in eligible}
    members = {login.casefold() for login in group}
    latest = [_as_objection(review, can) for review in latest_reviews(facts)]
    approved = [r for r in latest if r.state is ReviewState.APPROVED and r.author.login.casefold() in can]
    objected = [r for r in latest if r.state is ReviewState.CHANGES_REQUESTED and r.author.login.casefold() in members]
    return ReviewStanding(
        eligible,
        approvals=tuple(review for review in approved if not why_stale(facts, review)),
        stale=tuple(review for review in approved if why_stale(facts, review)),
        objections=tuple(review for review in objected if review.sha == facts.head_sha),
        stale_objections=tuple(review for review in objected if review.sha != facts.head_sha),
    )


def _as_objection(review: Review, eligible: Collection[str]) -> Review:
    """Return the review, restored to an objection if it was dismissed by someone without permission to do so."""
    if review.state is not ReviewState.DISMISSED or review.before_dismissal is ReviewState.APPROVED:
        return review
    by = review.dismissed_by
    if by and (by.same_as(review.author.login) or by.login.casefold() in eligible):
        return review
    return replace(review, state=ReviewState.CHANGES_REQUESTED)


def why_stale(facts: Facts, review: Review) -> str:
    """Return what changed since an approval, as the end of a sentence; empty if the approval is not stale.

    Timestamps have a precision of one second, so a change in the same second as the review is treated as a later one.
    """
    pull = facts.pull
    if review.sha != facts.head_sha:
        return f"{review.sha[:7]}, which is no longer the head"
    if pull and pull.base_changed_at and review.submitted_at <= pull.base_changed_at:
        return "before the base changed"
    edited = _spec_edited_at(facts)
    if edited and review.submitted_at <= edited:
        return "before the spec in the pull request's body was edited"
    return ""


def _spec_edited_at(facts: Facts) -> datetime | None:
    """Return when the pull request's body was last edited, if it is the spec; None if never."""
    return facts.pull.body_edited_at if facts.pull and not spec.spec_files(facts) else None


def latest_reviews(facts: Facts) -> tuple[Review, ...]:
    """Return each person's last decision, oldest first. Bots' reviews are ignored."""
    last: dict[str, Review] = {}
    for review in sorted(facts.pull.reviews if facts.pull else (), key=lambda review: review.submitted_at):
        if review.state in _DECIDES and review.author.login and not review.author.is_bot:
            last.pop(review.author.login.casefold(), None)
            last[review.author.login.casefold()] = review
    return tuple(last.values())


def authors(facts: Facts) -> frozenset[str]:
    """Return the casefolded logins of everyone who contributed to the branch, and of the pull request's author.

    A commit's email address belongs to an account if it is the account's noreply address, or if another commit of the
    branch has both.
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
    """Return the email addresses in the branch's commits that belong to no known account."""
    people = [person for commit in facts.own_commits for person in (commit.author, *commit.co_authors)]
    accounts = {person.email.casefold(): person.login for person in people if person.login and person.email}
    unknown = (person.email for person in people if person.email and not any(_logins(person, accounts)))
    return tuple(dict.fromkeys(unknown))


def reviewers_to_request(facts: Facts, keep: Collection[str] = ()) -> tuple[str | None, tuple[str, ...]]:
    """Return the tech lead to request a review from, and the review requests to remove, so that one person reviews.

    The tech lead is None if no request is needed: one was requested, is reviewing the head, approved it or objects to
    it; or the pull request is a draft or closed, in which case no request is removed either. Requests to members of the
    security team, and to the logins and teams (`org/team`) in `keep`, are never removed.
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
    if chosen and not done and not _in(chosen, asked) and not is_looking(facts, chosen):
        request = chosen
    stays |= {chosen.casefold()} if chosen and not done else set()
    unrequest = tuple(login for login in pull.requested_reviewers if login.casefold() not in stays)
    return request, unrequest


def in_charge(facts: Facts, leads: ReviewStanding) -> str | None:
    """Return the tech lead who must act: an earlier reviewer, otherwise a requested one, otherwise one by rotation."""
    if facts.pull is None or not leads.eligible:
        return None
    looked = [review.author.login for review in (*leads.stale_objections, *reversed(leads.stale))]
    looking = [login for login in sorted(leads.eligible) if is_looking(facts, login)]
    for login in (*looked, *facts.pull.requested_reviewers, *looking):
        if found := next((lead for lead in leads.eligible if lead.casefold() == login.casefold()), None):
            return found
    in_turn = sorted(leads.eligible, key=str.casefold)
    return in_turn[facts.pull.number % len(in_turn)]


def is_looking(facts: Facts, login: str) -> bool:
    """Return whether the user commented on the head. GitHub then removes the request, but the review is in progress."""
    reviews = facts.pull.reviews if facts.pull else ()
    return any(
        review.author.same_as(login) and review.sha == facts.head_sha and review.state is ReviewState.COMMENTED
        for review in reviews
    )


def current_request(requests: Collection[datetime], decisions: Collection[datetime]) -> datetime | None:
    """Return the time of the first review request since the last decision on an earlier head; None without requests.

    If nobody was requested since that decision, it is the first request of all.
    """
    decided = max(decisions, default=None)
    again = [at for at in requests if decided is None or at >= decided]
    return min(again or requests, default=None)


def review_since(facts: Facts) -> datetime | None:
    """Return the time from which the review's time limit counts; None if no review is requested."""
    if (pull := facts.pull) is None:
        return None
    changed = (pull.head_pushed_at, pull.base_changed_at, _spec_edited_at(facts))
    return reviewable_since(pull.review_requested_at, pull.ready_at, *changed)


def reviewable_since(requested: datetime | None, *later: datetime | None) -> datetime | None:
    """Return the time since which a reviewer can review; None if no review is requested.

    `later`: the end of the draft, and the last changes of what an approval covers: the head, the base and the spec.
    """
    return max(at for at in (requested, *later) if at) if requested else None


def _in(login: str, logins: Collection[str]) -> bool:
    return login.casefold() in {other.casefold() for other in logins}
