"""Decide whether a verdict permits a deployment, for the Action and for the service's protection rule alike.

A pass is a ground for deploying one commit only: the head of the pull request that was evaluated, while that pull
request is open or after it was merged at that head. A merge group's commit, a pull request that was closed without
being merged, one that is not a hotfix, and the check of another App are not grounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hotfix import reviews
from hotfix.facts import Facts, PullRequest
from hotfix.finding import Status
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind


class Decision(StrEnum):
    """Whether a commit may be deployed to production."""

    PERMITTED = "permitted"
    PENDING = "pending"
    """A person has yet to act."""
    UNKNOWN = "unknown"
    """Something could not be read, or the App has yet to publish its check."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Permission:
    """The decision and its reason, a sentence without its full stop."""

    decision: Decision
    reason: str
    about: tuple[str, ...] = ()
    """The ids of the rules that are in the way; empty if the reason is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCheck:
    """The check run that the App published on a commit, for those who evaluate with another identity than the App's.

    Such a token may not read an organization's teams and does not have the App's record of overrides: for these two,
    and nothing else, the App's word is taken.
    """

    conclusion: str | None = None
    """In GitHub's words; None if there is no check run or it has not completed."""
    pulls: Sequence[int] = ()
    """The numbers of the pull requests it speaks for; empty if it does not name them."""
    hotfix: bool = True
    """False if it says that the pull request is not a hotfix, or that its policy is broken."""
    overridden: frozenset[str] = frozenset()
    """The ids of the rules that a tech lead or incident commander overrode on this commit."""


def permission(
    verdict: Verdict, commit: str, *, pull: PullRequest, facts: Facts | None = None, app: AppCheck | None = None
) -> Permission:
    """Return whether `commit` may be deployed, given a verdict on `pull` that was evaluated just now.

    `app`: the check run of the App that the policy names, which has to be a pass as well; None if no App is named, or
    if it was the App that evaluated. `facts`: what the verdict was reached from; needed only with `app`.
    """
    where = f"#{pull.number} at {commit[:12]}"
    if verdict.head_sha != commit:
        return Permission(
            Decision.REFUSED, f"{commit[:12]} is not the head of #{pull.number}, which is {verdict.head_sha[:12]}"
        )
    if not pull.open and not pull.merged:
        return Permission(Decision.REFUSED, f"#{pull.number} was closed without being merged")
    if verdict.kind is VerdictKind.NOT_A_HOTFIX:
        return Permission(Decision.REFUSED, f"#{pull.number} is not a hotfix, so no rule has been evaluated")
    if verdict.kind is not VerdictKind.HOTFIX:
        return Permission(Decision.REFUSED, f"the verdict on {where} is not a pass: {verdict.title}")
    left = verdict.of(Status.FAILED, Status.UNKNOWN, Status.PENDING)
    if app is not None:
        left = tuple(evaluated for evaluated in left if not _covered(evaluated, app, facts))
    if left:
        rules = tuple(evaluated.rule for evaluated in left)
        return Permission(_decision_of(left), f"the verdict on {where} is not a pass: {_named(left)}", rules)
    if app is None and verdict.conclusion is not Conclusion.PASS:
        return Permission(Decision.REFUSED, f"the verdict on {where} is not a pass: {verdict.title}")
    return _by_app(app, pull, where) or Permission(Decision.PERMITTED, f"the verdict on {where} is a pass")


def _covered(evaluated: RuleResult, app: AppCheck, facts: Facts | None) -> bool:
    """Return whether the App alone can know how this rule stands: it is overridden, or a matter of teams."""
    if evaluated.rule in app.overridden:
        return True
    unread_people = facts is not None and "people" in facts.missing and evaluated.status is Status.UNKNOWN
    return unread_people and facts is not None and _approved_by_another(facts)


def _approved_by_another(facts: Facts) -> bool:
    """Return whether an approval by somebody who had no hand in the branch counts now, and nobody objects."""
    reviewers = {review.author.login for review in reviews.latest_reviews(facts)}
    now = reviews.standing(facts, reviewers)
    return bool(now.approvals) and not (now.objections or now.stale_objections)


def _by_app(app: AppCheck | None, pull: PullRequest, where: str) -> Permission | None:
    if app is None:
        return None
    if app.conclusion is None:
        return Permission(Decision.UNKNOWN, f"the App has not completed its check on {where}")
    if app.conclusion != "success":
        return Permission(Decision.REFUSED, f"the App's check on {where} is not a pass ({app.conclusion})")
    if not app.hotfix:
        return Permission(Decision.REFUSED, f"the App has not evaluated {where} as a hotfix")
    if app.pulls and pull.number not in app.pulls:
        return Permission(Decision.UNKNOWN, f"the App's check on that commit does not speak for #{pull.number} yet")
    return None


def _decision_of(left: Sequence[RuleResult]) -> Decision:
    statuses = {evaluated.status for evaluated in left}
    if Status.FAILED in statuses:
        return Decision.REFUSED
    return Decision.UNKNOWN if Status.UNKNOWN in statuses else Decision.PENDING


def _named(left: Sequence[RuleResult]) -> str:
    return "; ".join(f"{evaluated.rule}: {evaluated.finding.message}" for evaluated in left)
