"""Determine who can be reached with the operator's credentials, and which messages they were sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from app.storage.messages import MessageRow
from hotfix.life.record import IncidentRecord, MessageDelivery
from hotfix.life.words.announcements import CHANNEL, PAGERDUTY, STAKEHOLDER, STATUS_PAGE
from hotfix.life.words.markers import SENT, sent
from hotfix.policy import Policy

ON_CALL = "on_call"
"""The pseudo-recipient under which the name of the person on call is stored."""
_NONE = SecretStr("")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """The credentials and addresses of the notification services."""

    slack_token: SecretStr = _NONE
    slack_url: str = "https://slack.com/api/"
    statuspage_key: SecretStr = _NONE
    statuspage_url: str = "https://api.statuspage.io/v1"
    pagerduty_key: SecretStr = _NONE
    pagerduty_url: str = "https://api.pagerduty.com"
    pagerduty_routing_key: SecretStr = _NONE
    pagerduty_events_url: str = "https://events.pagerduty.com"
    urls: Mapping[str, SecretStr] = field(default_factory=dict)
    """Apprise URLs by name."""

    def reachable(self, policy: Policy) -> frozenset[str]:
        """Return the policy's recipients for which credentials are configured."""
        return frozenset(self._reachable(policy))

    def _reachable(self, policy: Policy) -> Iterator[str]:
        notify = policy.notify
        if self.slack_token.get_secret_value() and notify.channel:
            yield CHANNEL
        if self.statuspage_key.get_secret_value() and notify.status_page.page:
            yield STATUS_PAGE
        if self.pagerduty_routing_key.get_secret_value() and notify.pagerduty.service:
            yield PAGERDUTY
        if self.pagerduty_key.get_secret_value() and notify.pagerduty.schedule:
            yield ON_CALL
        for name, address in notify.stakeholders.items():
            if self.reaches(name, address):
                yield f"{STAKEHOLDER}{name}"

    def reaches(self, name: str, address: str) -> bool:
        """Return whether a stakeholder's address can be used."""
        if address.startswith("#"):
            return bool(self.slack_token.get_secret_value())
        if address.startswith("mailto:"):
            return self.mail_entry(name) is not None
        return address in self.urls

    def mail_entry(self, name: str) -> SecretStr | None:
        """Return the Apprise URL for mail to this stakeholder: its own or the first mail entry; None without any."""
        mails = (url for url in self.urls.values() if url.get_secret_value().startswith(("mailto:", "mailtos:")))
        return self.urls.get(name) or next(mails, None)


def with_messages(
    record: IncidentRecord, rows: list[MessageRow], settings: NotifySettings, policy: Policy
) -> IncidentRecord:
    """Return the record with the sent messages and the reachable recipients.

    Delivered messages are stored in the status comment's hidden entries as well, from which those missing in the
    database are restored.
    """
    delivered = {(row.recipient, row.key): row for row in rows}
    for row in _kept(record):
        known = delivered.get((row.recipient, row.key))
        if known is None or known.problem:
            delivered[row.recipient, row.key] = row
    on_call = delivered.pop((ON_CALL, ON_CALL), None)
    known_on_call = _on_call(on_call) if on_call and not on_call.problem else {}
    unread = {ON_CALL: f"who is on call: {on_call.problem}"} if on_call and on_call.problem else {}
    refs = {key: value for key, value in record.refs.items() if not key.startswith(SENT)}
    listed: dict[str, list[str]] = {}
    for row in sorted(delivered.values(), key=lambda row: (row.at, row.key)):
        if not row.problem:
            listed.setdefault(row.recipient, []).append(f"{row.key}={int(row.at)}")
            if row.ref and row.key == "declared":
                refs[row.recipient] = row.ref.partition("|")[0]
    refs |= {f"{SENT}{recipient}": ";".join(each) for recipient, each in listed.items()}
    return replace(
        record,
        messages=tuple(
            MessageDelivery(
                kind=row.kind, to=row.recipient, at=datetime.fromtimestamp(int(row.at), UTC), problem=row.problem
            )
            for row in delivered.values()
        ),
        reachable=settings.reachable(policy),
        refs=refs,
        headline=next((row.ref.partition("|")[2] for row in rows if row.recipient == CHANNEL and "|" in row.ref), ""),
        unread={**record.unread, **unread},
        **known_on_call,
    )


def _on_call(row: MessageRow) -> dict[str, Any]:
    """Return the on-call fields of the record; the row's reference is `NAME|END`."""
    name, _, end = row.ref.rpartition("|")
    try:
        until = datetime.fromisoformat(end)
    except ValueError:
        until = None
    if until is not None and until.tzinfo is None:
        until = None
    return {"on_call": name, "on_call_asked": datetime.fromtimestamp(row.at, UTC), "on_call_until": until}


def _kept(record: IncidentRecord) -> Iterator[MessageRow]:
    for recipient, kind, key, at in sent(record.refs):
        yield MessageRow(
            repo=record.repo, number=record.number, recipient=recipient, key=key, kind=kind, at=float(at)
        )  # fmt: skip


def delivered_keys(record: IncidentRecord, recipient: str) -> frozenset[str]:
    """Return the keys of the messages delivered to a recipient, from the record's hidden entries."""
    parts = record.refs.get(f"{SENT}{recipient}", "").split(";")
    return frozenset(part.rpartition("=")[0] for part in parts if part)
