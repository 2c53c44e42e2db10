"""List the debts of an incident once the fix is in production: back-merges, follow-ups and the post-mortem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotfix.life.incident import Incident
from hotfix.life.incident_commands import DoneLine


class DebtKind(StrEnum):
    """The kind of a debt."""

    BACK_MERGE = "back-merge"
    FOLLOW_UP = "follow-up"
    POST_MORTEM = "post-mortem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """A task that remains after the fix is in production, open or done."""

    kind: DebtKind
    what: str
    """The branch of a back-merge, or the text of a follow-up; empty for the post-mortem."""
    due: datetime
    owner: str
    """A login; empty if unknown."""
    number: int | None = None
    """The number of its issue or pull request; None if there is none yet."""
    paid_at: datetime | None = None
    open: bool = True


def debts(incident: Incident) -> tuple[Debt, ...]:
    """Return all debts, including those already paid; none before the fix is in production."""
    began = incident.in_production_at
    if began is None or incident.can_wait:
        return ()
    return (*_back_merges(incident, began), *_follow_ups(incident, began), _post_mortem(incident, began))


def _back_merges(incident: Incident, began: datetime) -> tuple[Debt, ...]:
    due = began + incident.policy.clocks.back_merge
    return tuple(
        Debt(
            kind=DebtKind.BACK_MERGE,
            what=each.branch,
            due=due,
            owner=incident.author or incident.commander,
            number=each.pull,
            paid_at=each.at if each.contains else None,
            open=not each.contains,
        )
        for each in incident.record.carried
    )


def _follow_ups(incident: Incident, began: datetime) -> tuple[Debt, ...]:
    due = began + incident.policy.follow_ups.within
    there = {issue.marker.removeprefix("follow-up "): issue for issue in reversed(incident.follow_ups)}
    found = []
    for key, text in tickets(incident):
        issue = there.get(key)
        owner = next(iter(issue.assignees), "") if issue else ""
        found.append(
            Debt(
                kind=DebtKind.FOLLOW_UP,
                what=text,
                due=due,
                owner=owner or incident.author or incident.commander,
                number=issue.number if issue else None,
                paid_at=issue.closed_at if issue and not issue.open else None,
                open=issue is None or issue.open,
            )
        )
    return tuple(found)


def tickets(incident: Incident) -> tuple[tuple[str, str], ...]:
    """Return the follow-ups of the policy, each with the key used in its hidden marker."""
    return tuple((key(text), text) for text in incident.policy.follow_ups.tickets)


def key(text: str) -> str:
    """Return a short key for a follow-up: the words before the colon, so that the rest can be reworded."""
    words = text.partition(":")[0].casefold()
    return "-".join("".join(c if c.isalnum() else " " for c in words).split())[:60] or "follow-up"


def _post_mortem(incident: Incident, began: datetime) -> Debt:
    issue, held = incident.post_mortem, incident.done(DoneLine.POST_MORTEM)
    paid = held.at if held else issue.closed_at if issue and not issue.open else None
    return Debt(
        kind=DebtKind.POST_MORTEM,
        what="",
        due=post_mortem_due(incident, began),
        owner=incident.post_mortem_owner,
        number=issue.number if issue else None,
        paid_at=paid,
        open=paid is None,
    )


def post_mortem_due(incident: Incident, began: datetime) -> datetime:
    """Return when the post-mortem is due: at its scheduled date, otherwise after the policy's time limit.

    It is never due before `began`, the time at which the fix reached production.
    """
    meeting = incident.post_mortem_date.request.at if incident.post_mortem_date else None
    within: timedelta = incident.policy.post_mortem.within
    return max(meeting, began) if meeting else began + within
