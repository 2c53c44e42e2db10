"""Decide whether a verdict permits a deployment. Used by the Action and by the service's deployment protection rule.

A pass permits the deployment of one commit only: the head of the pull request that was evaluated, while that pull
request is open or after it was merged at that head. A merge group's commit, a pull request that was closed without
being merged or that is not a hotfix, and the check of another App permit nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from hotfix import reviews
from hotfix.facts import Facts, PullRequest
from hotfix.finding import Status
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

_PREVENT = frozenset({Status.FAILED, Status.UNKNOWN, Status.PENDING})
"""The statuses of a blocking rule that prevent a pass."""


class Decision(StrEnum):
    """The decision whether a commit may be deployed to production."""

    PERMITTED = "permitted"
    PENDING = "pending"
    """Someone still has to act."""
    UNKNOWN = "unknown"
    """Something could not be read, or the App has not published its check yet."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Permission:
    """A decision and its reason, as a sentence without a full stop."""

    decision: Decision
    reason: str
    about: tuple[str, ...] = ()
    """The IDs of the rules that prevent the deployment; empty if the reason is a different one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCheck:
    """The check run that the App published on a commit, for evaluations that run with a different token than the App's.

    Such a token cannot read an organization's teams or the App's record of overrides. The App's result is trusted for
    these two, and for nothing else.
    """

    conclusion: str | None = None
    """GitHub's value, such as `success`; None if there is no check run or it has not completed."""
    pulls: Sequence[int] = ()
    """The numbers of the pull requests that it covers; empty if it does not name them."""
    hotfix: bool = True
    """False if it reports that the pull request is not a hotfix, or that its policy is invalid."""
    overridden: frozenset[str] = frozenset()
    """The IDs of the rules that a tech lead or incident commander overrode on this commit."""


_refused = partial(Permission, Decision.REFUSED)


def permission(
    verdict: Verdict, commit: str, *, pull: PullRequest, facts: Facts | None = None, app: AppCheck | None = None
) -> Permission:
    """Return whether `commit` may be deployed, given a verdict on `pull` that has just been evaluated.

    `app`: the check run of the App that the policy names, which must pass as well; None if no App is named, or if the
    App itself evaluated the verdict. `facts`: the facts behind the verdict; needed only with `app`.
    """
    where = f"#{pull.number} at {commit[:12]}"
    if verdict.head_sha != commit:
        return _refused(f"{commit[:12]} is not the head of #{pull.number}, which is {verdict.head_sha[:12]}")
    if not pull.open and not pull.merged:
        return _refused(f"#{pull.number} was closed without being merged")
    if verdict.kind is VerdictKind.NOT_A_HOTFIX:
        return _refused(f"#{pull.number} is not a hotfix, so no rule has been evaluated")
    if verdict.kind is not VerdictKind.HOTFIX:
        return _refused(f"the verdict on {where} is not a pass: {verdict.title}")
    left = tuple(each for each in verdict.findings if each.counts and each.status in _PREVENT)
    if app is not None:
        left = tuple(evaluated for evaluated in left if not _covered(evaluated, app, facts))
    if left:
        rules = tuple(evaluated.rule for evaluated in left)
        return Permission(_decision_of(left), f"the verdict on {where} is not a pass: {_named(left)}", rules)
    if app is None and verdict.conclusion is not Conclusion.PASS:
        return _refused(f"the verdict on {where} is not a pass: {verdict.title}")
    return _by_app(app, pull, where) or Permission(Decision.PERMITTED, f"the verdict on {where} is a pass")


def _covered(evaluated: RuleResult, app: AppCheck, facts: Facts | None) -> bool:
    """Return whether only the App can decide this rule: it was overridden, or it depends on team membership."""
    if evaluated.rule in app.overridden:
        return True
    unread_people = facts is not None and "people" in facts.missing and evaluated.status is Status.UNKNOWN
    return unread_people and facts is not None and _approved_by_another(facts)


def _approved_by_another(facts: Facts) -> bool:
    """Return whether someone who did not contribute to the branch approved its head, and there are no objections."""
    reviewers = {review.author.login for review in reviews.latest_reviews(facts)}
    now = reviews.standing(facts, reviewers)
    return bool(now.approvals) and not (now.objections or now.stale_objections)


def _by_app(app: AppCheck | None, pull: PullRequest, where: str) -> Permission | None:
    if app is None:
        return None
    if app.conclusion is None:
        return Permission(Decision.UNKNOWN, f"the App has not completed its check on {where}")
    if app.conclusion != "success":
        return _refused(f"the App's check on {where} is not a pass ({app.conclusion})")
    if not app.hotfix:
        return _refused(f"the App has not evaluated {where} as a hotfix")
    if app.pulls and pull.number not in app.pulls:
        return Permission(Decision.UNKNOWN, f"the App's check on that commit is not about #{pull.number} yet")
    return None


def _decision_of(left: Sequence[RuleResult]) -> Decision:
    statuses = {evaluated.status for evaluated in left}
    if Status.FAILED in statuses:
        return Decision.REFUSED
    return Decision.UNKNOWN if Status.UNKNOWN in statuses else Decision.PENDING


def _named(left: Sequence[RuleResult]) -> str:
    return "; ".join(f"{evaluated.rule}: {evaluated.finding.message}" for evaluated in left)
