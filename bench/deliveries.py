"""Signed webhook deliveries for the load generator: GitHub's example payload of 25 kB with our values."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bench.load import prepared
from tests.github import sign
from tests.github.examples import all_payloads

UNKNOWN_INSTALLATION = 99_999_999


@cache
def _synchronize() -> bytes:
    found = next(e for e in all_payloads() if (e.event, e.action) == ("pull_request", "synchronize"))
    return json.dumps(found.payload).encode()


def pushed(repo: str, number: int, sha: str, *, installation: int = UNKNOWN_INSTALLATION) -> dict[str, Any]:
    """Return a `pull_request` `synchronize` payload: a push to a pull request's branch."""
    payload: dict[str, Any] = json.loads(_synchronize())
    pull = payload["pull_request"]
    payload["number"] = pull["number"] = number
    payload["repository"]["full_name"] = repo
    payload["repository"]["owner"]["login"], _, payload["repository"]["name"] = repo.partition("/")
    payload["installation"] = {"id": installation}
    pull["head"]["sha"] = payload["after"] = sha
    pull["head"]["ref"] = f"hotfix/load-{number}"
    pull["updated_at"] = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return payload


def headers(secret: str, event: str, body: bytes) -> dict[str, str]:
    """Return the headers that GitHub sends with a body, with a new delivery GUID each time."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/bench",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(secret, body),
    }


def pushes(url: str, secret: str, count: int, *, repo: str = "acme/load", pulls: int = 100) -> list[bytes]:
    """Return `count` distinct deliveries of pushes to `pulls` pull requests of a repository unknown to GitHub."""
    number, sha = 987_654_321, "f" * 40
    template = json.dumps(pushed(repo, number, sha), separators=(",", ":")).encode()
    made = []
    for i in range(count):
        body = template.replace(str(number).encode(), b"%d" % (1 + i % pulls)).replace(sha.encode(), b"%040x" % i)
        made.append(prepared(url, body, headers(secret, "pull_request", body)))
    return made
