"""Helpers for deployments that the App's protection rule holds, and for the App's answers."""

from __future__ import annotations

from typing import Any

from tests.github import Pull, Repo
from tests.service.conftest import House, after_retries, concludes
from tests.service.running import eventually


def protected(house: House, files: dict[str, str] | None = None) -> Repo:
    shop = house.shop(files)
    for name in ("production", "staging", "qa"):
        shop.environment(name, protected=True)
    return shop


def request(house: House, pull: Pull, environment: str = "production", sha: str = "") -> int:
    return pull.repo.request_protection(environment, sha or pull.head_sha, app=house.app, user=house.dev)


def answers(pull: Pull, run: int) -> list[dict[str, Any]]:
    return pull.repo.protection_answers(run)


def report(pull: Pull, run: int, about: str) -> None:
    """Wait for a report that keeps the deployment on hold."""
    found = eventually(
        lambda: [each for each in answers(pull, run) if about in each["comment"]], f"a report about {about}"
    )
    assert found[-1]["state"] is None, found


def answered(pull: Pull, run: int, state: str, *, skipping: House | None = None) -> str:
    """Wait for the final answer and return its comment. `skipping`: the house whose backoff is skipped."""

    def final() -> list[dict[str, Any]]:
        return [each for each in answers(pull, run) if each["state"]]

    found = after_retries(skipping, pull.repo, final, "an answer")
    assert [each["state"] for each in found] == [state], found
    comment: str = found[0]["comment"]
    return comment


def passing(house: House, pull: Pull) -> None:
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
