"""The `review` rule: one tech lead, who did not write it, approves the very commit that ships."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import Field

from hotfix import reviews
from hotfix.facts import Facts, PullRequest, Review
from hotfix.finding import Finding, Status, not_evaluated, passed
from hotfix.remedies import rebase
from hotfix.reviews import Standing
from hotfix.rules.base import Rule, RuleOptions
from hotfix.text import durations
from hotfix.text.durations import Duration


class Options(RuleOptions):
    """Options of the `review` rule."""

    time_limit: Duration = Field(
        timedelta(minutes=10), description="How long the requested tech lead has; shown, never a failure of its own"
    )


def check(facts: Facts, options: Options) -> Finding:
    """A wish for changes on the head fails; on an older commit it waits for the one who gave it to look again.

    One approval that counts is enough, and several do no harm.
    """
    if facts.pull is None:
        return not_evaluated("who approved is known on GitHub only")
    leads = reviews.standing(facts, facts.people.tech_leads)
    if leads.objections:
        return _refused(leads.objections, facts.pull)
    for missing in ("people", "pull", "reviews", "authors", "commits"):
        if why := facts.missing.get(missing):
            return Finding(status=Status.UNKNOWN, message=why)
    if not leads.eligible:
        return _nobody(facts)
    if leads.approvals and not leads.stale_objections:
        strangers = reviews.strangers(facts)
        note = f"; {', '.join(strangers)} in the commits is no known account" if strangers else ""
        return passed(f"{leads.approvals[0].author.login} approved {facts.head_sha[:7]}{note}")
    return _waiting(facts, facts.pull, leads, options)


def _refused(objections: tuple[Review, ...], pull: PullRequest) -> Finding:
    names = tuple(review.author.login for review in objections)
    return Finding(
        status=Status.FAILED,
        message=f"{' and '.join(names)} {'asks' if len(names) == 1 else 'ask'} for changes",
        remediation="change what they ask for and push, or talk it over so that they approve",
        commands=(f"gh pr view {pull.number} --comments",),
        actors=("the author", *names),
    )


def _nobody(facts: Facts) -> Finding:
    leads = sorted(facts.people.tech_leads, key=str.casefold)
    if not leads:
        why = "nobody is named as a tech lead, so nobody can approve"
    elif free := _after_the_branch_is_mended(facts):
        return Finding(
            status=Status.FAILED,
            message=f"nobody can approve yet: {' and '.join(free)} wrote commits that came in from other branches",
            remediation=f"take those commits off, as the rule branch says; then {' or '.join(free)} can approve",
            actors=("the author",),
        )
    else:
        why = f"every tech lead ({', '.join(leads)}) had a hand in this branch, so nobody is left to approve it"
    return Finding(
        status=Status.FAILED,
        message=why,
        remediation="name another user or a team under people.tech_leads in .github/hotfix.yml on the default branch",
        actors=("whoever may change the policy",),
    )


def _after_the_branch_is_mended(facts: Facts) -> list[str]:
    """The tech leads who had no hand in what stays on the branch."""
    left = reviews.standing(replace(facts, commits=rebase.own(facts)), facts.people.tech_leads)
    return sorted(left.eligible, key=str.casefold)


def _waiting(facts: Facts, pull: PullRequest, leads: Standing, options: Options) -> Finding:
    who = reviews.in_charge(facts, leads) or ""
    details = [f"{review.author.login} approved {reviews.why_stale(facts, review)}" for review in leads.stale]
    details += [f"{review.author.login} asked for changes on {review.sha[:7]}" for review in leads.stale_objections]
    details += _without_say(facts, leads)
    _, unrequest = reviews.whom_to_request(facts)
    if unrequest:
        details.append(f"not needed: the review of {', '.join(unrequest)}; one tech lead is enough")
    again = any(review.author.same_as(who) for review in (*leads.stale, *leads.stale_objections))
    if pull.draft:
        return Finding(
            status=Status.PENDING,
            message="a draft is not reviewed yet",
            remediation=f"mark it ready for review; then {who} is asked",
            commands=(f"gh pr ready {pull.number}",),
            actors=("the author",),
            details=tuple(details),
        )
    asked = any(who.casefold() == login.casefold() for login in pull.requested_reviewers)
    since = pull.review_requested_at if asked else None
    return Finding(
        status=Status.PENDING,
        message=f"{who} has not approved {facts.head_sha[:7]} yet; {_clock(since, facts.now, options.time_limit)}",
        remediation=f"{who} reviews {'the new commits' if again else 'the change'} and approves, or asks for changes",
        commands=(f"gh pr review {pull.number} --approve",)
        if asked
        else (f"gh pr edit {pull.number} --add-reviewer {shlex.quote(who)}",),
        actors=(who,),
        details=tuple(details),
    )


def _clock(since: datetime | None, now: datetime, limit: timedelta) -> str:
    """Says when, never how long ago: the words must not change with every judging."""
    if since is None:
        return f"{durations.text(limit)} once asked"
    due = since + limit
    if now > due:
        return f"asked at {_time(since, now)}, overdue since {_time(due, now)}"
    return f"asked at {_time(since, now)}, due by {_time(due, now)}"


def _time(moment: datetime, now: datetime) -> str:
    return moment.strftime("%H:%M UTC" if moment.date() == now.date() else "%Y-%m-%d %H:%M UTC")


def _without_say(facts: Facts, leads: Standing) -> list[str]:
    """Approvals of the head that do not count, and why."""
    counted = {login.casefold() for login in leads.eligible}
    authors = reviews.authors(facts)
    found = []
    for review in reviews.last_words(facts):
        login = review.author.login
        if review.state != "APPROVED" or login.casefold() in counted:
            continue
        why = "had a hand in the branch" if login.casefold() in authors else "is no tech lead"
        found.append(f"{login} approved, but {why}")
    return found


RULE = Rule(
    id="review",
    summary="passes when a tech lead who did not write the branch approved its head, and no tech lead asks for changes",
    options=Options,
    check=check,
)
