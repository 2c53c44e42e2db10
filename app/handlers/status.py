"""A commit status of others ended: the hotfixes with that head are judged again."""

from __future__ import annotations

from app.handlers.me import Me
from app.jobs import Checked, Wanted
from app.payload import Payload


def handle(_action: str, payload: Payload, _me: Me) -> Wanted:
    if payload.text("state") == "pending":
        return Wanted()
    return Wanted(repo=payload.repo, checked=Checked(repo=payload.repo, sha=payload.sha("sha")))
