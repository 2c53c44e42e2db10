"""A review was given, edited or dismissed: judge the pull request."""

from __future__ import annotations

from app.handlers import pull_request
from app.handlers.me import Me
from app.jobs import Wanted
from app.payload import Payload

JUDGED = frozenset({"submitted", "edited", "dismissed"})


def handle(action: str, payload: Payload, me: Me) -> Wanted:
    if action not in JUDGED:
        return Wanted()
    return pull_request.judge(payload, payload.number("pull_request", "number"), by_us=me.sent(payload))
