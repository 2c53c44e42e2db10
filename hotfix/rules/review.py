"""The `review` rule: a tech lead who did not write the hotfix approves exactly what ships."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import Field

from hotfix import reviews
from hotfix.facts import Facts, PullRequest, Review
from hotfix.finding import AUTHOR, POLICY_EDITORS, Finding, Status, failed, not_evaluated, passed
from hotfix.remedies import pull_commands, rebase
from hotfix.reviews import ReviewStanding
from hotfix.rules.base import Rule, RuleOptions, unknown_without
from hotfix.text import durations
from hotfix.text.durations import Duration

REVIEW_FACTS = ("people", "pull", "reviews", "authors", "commits")
"""The facts without which it is unknown whose approval counts."""


class ReviewOptions(RuleOptions):
    """Options of the `review` rule."""

    time_limit: Duration = Field(
        timedelta(minutes=10), description="How long the requested tech lead has to review; shown, never a failure"
    )


def check(facts: Facts, options: ReviewOptions) -> Finding:
    """Fail if a tech lead requested changes on the head, or if nobody can approve it. One valid approval is enough.

    Changes requested on an older commit keep the rule pending until the same person reviews again.
    """
    if facts.pull is None:
        return not_evaluated("Only GitHub has the reviews")
    leads = reviews.standing(facts, facts.people.tech_leads)
    if leads.objections:
        comments = pull_commands.pull_command(facts, "view", "--comments")
        return replace(refused(leads.objections), commands=(comments,))
    if found := unknown_without(facts, *REVIEW_FACTS):
        return found
    if not leads.eligible:
        return _nobody(facts)
    if leads.approvals and not leads.stale_objections:
        strangers = reviews.strangers(facts)
        note = f"; {', '.join(strangers)} in the commits is not a known account" if strangers else ""
        return passed(f"approved by {leads.approvals[0].author.login} at {facts.head_sha[:7]}{note}")
    return _pending(facts, facts.pull, leads, options)


def refused(objections: tuple[Review, ...], team: str = "", to: str = "") -> Finding:
    """Return the finding for objections. `team` and `to` extend its message: ` of security`, ` to src/auth.py`."""
    names = tuple(review.author.login for review in objections)
    return failed(
        f"{' and '.join(names)}{team} {'asks' if len(names) == 1 else 'ask'} for changes{to}",
        "Change what they ask for and push, or agree with them so that they approve",
        actors=(AUTHOR, *names),
    )


def _nobody(facts: Facts) -> Finding:
    leads = sorted(facts.people.tech_leads, key=str.casefold)
    if not leads:
        why = "No tech lead is named, so nobody can approve"
    elif free := _once_the_branch_is_fixed(facts):
        return failed(
            f"Nobody can approve yet: {' and '.join(free)} wrote commits that came from other branches",
            f"Remove those commits, as the rule branch says; then {' or '.join(free)} can approve",
        )
    else:
        why = f"Every tech lead ({', '.join(leads)}) contributed to this branch, so nobody is left to approve it"
    return failed(
        why,
        "Name another user or a team under people.tech_leads in .github/hotfix.yml on the default branch",
        actors=(POLICY_EDITORS,),
    )


def _once_the_branch_is_fixed(facts: Facts) -> list[str]:
    """Return the tech leads who did not contribute to the commits that remain on the branch."""
    left = reviews.standing(replace(facts, commits=rebase.own(facts)), facts.people.tech_leads)
    return sorted(left.eligible, key=str.casefold)


def _pending(facts: Facts, pull: PullRequest, leads: ReviewStanding, options: ReviewOptions) -> Finding:
    who = reviews.in_charge(facts, leads) or ""
    details = [*earlier_decisions(facts, leads), *_not_counted(facts, leads)]
    _, unrequest = reviews.reviewers_to_request(facts)
    if unrequest:
        details.append(f"Not needed: the review of {', '.join(unrequest)}; one tech lead is enough")
    again = any(review.author.same_as(who) for review in (*leads.stale, *leads.stale_objections))
    if pull.draft:
        return Finding(
            status=Status.PENDING,
            message="The pull request is a draft, which is not reviewed yet",
            remediation=f"Mark it ready for review; then {who} is asked",
            commands=(pull_commands.pull_command(facts, "ready"),),
            actors=(AUTHOR,),
            details=tuple(details),
        )
    asked = any(who.casefold() == login.casefold() for login in pull.requested_reviewers)
    requesting = who.casefold() == pull.requesting.casefold()
    if requesting:
        when = f"the App requests the review now; it is due {durations.text(options.time_limit)} later"
    else:
        when = _clock(facts if asked else None, options.time_limit)
    theirs = asked or requesting or reviews.is_looking(facts, who)
    change = "the new commits" if again else "the change"
    return Finding(
        status=Status.PENDING,
        message=f"{who} has not approved {facts.head_sha[:7]} yet; {when}",
        remediation=f"Review {change}, then approve or ask for changes"
        if theirs
        else f"Request the review of {who}, who looks at {change} and approves or asks for changes",
        commands=(pull_commands.pull_command(facts, "review", "--approve"),)
        if theirs
        else (pull_commands.pull_command(facts, "edit", f"--add-reviewer {shlex.quote(who)}"),),
        actors=(who,),
        details=tuple(details),
    )


def earlier_decisions(facts: Facts, group: ReviewStanding) -> list[str]:
    """Return the approvals and objections that were about something else than what would ship now."""
    return [
        *(f"{review.author.login} approved {reviews.why_stale(facts, review)}" for review in group.stale),
        *(f"{review.author.login} asked for changes on {review.sha[:7]}" for review in group.stale_objections),
    ]


def _clock(facts: Facts | None, limit: timedelta) -> str:
    """Return when the review is due, as absolute times so that the text doesn't change with each evaluation."""
    since = reviews.review_since(facts) if facts else None
    if facts is None or facts.pull is None or since is None:
        return f"the review is due {durations.text(limit)} after it is requested"
    began = "asked at" if since == facts.pull.review_requested_at else "reviewable since"
    due, now = since + limit, facts.now
    late = "overdue since" if now > due else "due by"
    return f"{began} {_time(since, now)}, {late} {_time(due, now)}"


def _time(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M} UTC" if at.date() == now.date() else durations.moment(at)


def _not_counted(facts: Facts, leads: ReviewStanding) -> list[str]:
    """Return the approvals that are not valid, and why."""
    counted = {login.casefold() for login in leads.eligible}
    authors = reviews.authors(facts)
    found = []
    for review in reviews.latest_reviews(facts):
        login = review.author.login
        if review.state != "APPROVED" or login.casefold() in counted:
            continue
        why = "contributed to the branch" if login.casefold() in authors else "is not a tech lead"
        found.append(f"{login} approved, but {why}")
    return found


RULE = Rule(
    id="review",
    summary="passes when a tech lead who did not write the branch approved its head, and no tech lead asks for changes",
    options=ReviewOptions,
    check=check,
)
