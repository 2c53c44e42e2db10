"""Retries back off regardless of new events, and lasting failures are not retried: no sequence of events is a storm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from operator import ge
from typing import Any

import pytest

from app.queue.retry import back_off
from hotfix.github.write.checks.check_run_writes import LOST_AFTER
from tests.github import Pull
from tests.service.conftest import House, after_retries, concludes
from tests.service.running import Service, counted, eventually

STARTED = "SELECT 1 FROM jobs WHERE key = ? AND started"


def evaluations(service: Service, pull: Pull) -> int:
    """Return how often an evaluation of the pull request was completed or attempted."""
    return len(attempts(service, pull))


def attempts(service: Service, pull: Pull) -> list[dict[str, Any]]:
    """Return the log line of each attempt."""
    repo, number = pull.repo.full_name, pull.number
    verdicts = [line for line in service.lines("verdict") if (line["repo"], line["pull"]) == (repo, number)]
    failed = [line for line in service.lines("job postponed") if line["job"] == evaluation(pull)]
    lines = verdicts + [line for line in failed if "everything" not in line["reason"]]
    return sorted(lines, key=lambda line: str(line["at"]))


more = counted("more")


def bother(house: House, pull: Pull, times: int = 3) -> None:
    """Cause so many events: each adds a new label, since one that is there already causes none."""
    for _ in range(times):
        house.dev.label(pull, next(more))


def evaluation(pull: Pull) -> str:
    """Return the key of the pull request's job."""
    return f"evaluate:{pull.repo.full_name}#{pull.number}"


def test_a_wrong_branch_in_the_policy_is_not_retried(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": "branches: {back_merge: [main, no-such-branch]}\n"})
    pull = house.hotfix(shop)
    eventually(lambda: pull.check("hotfix"), "a check")
    service.settle(house.github)
    before = evaluations(service, pull)
    bother(house, pull)
    service.settle(house.github)
    assert 1 <= evaluations(service, pull) - before <= 3
    assert not service.is_scheduled(evaluation(pull)), "nothing happens, and it is evaluated again"
    shop.branch("no-such-branch", at="main")
    concludes(pull, with_="action_required")


TROUBLES: dict[str, dict[str, Any]] = {
    "a comparison not found": {"path": "/repos/*/compare/main*", "status": 404},
    "a page of HTML": {"path": "/graphql", "status": 200, "raw": "<html>Unicorn!</html>"},
    "no data": {"path": "/graphql", "status": 200, "raw": '{"data": null, "errors": [{"message": "Timeout"}]}'},
    "a refused token": {"path": "/graphql", "status": 401},
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_events_do_not_shorten_the_back_off(house: House, service: Service, trouble: str) -> None:
    shop = house.shop()
    fault = house.github.faults.add(**TROUBLES[trouble], actor="installation")
    pull = house.hotfix(shop)

    def tried_again() -> bool:
        bother(house, pull, times=1)
        house.github.settle()  # before the rest of the backoff is skipped
        return evaluations(service, pull) >= 4 and pull.check("hotfix") is not None

    after_retries(house, shop, tried_again, "a check and three more attempts")
    # The evaluation before the label was added may have succeeded.
    unknown = [line for line in attempts(service, pull) if line.get("conclusion", "unknown") == "unknown"]
    tried = [datetime.fromisoformat(line["at"]) for line in unknown]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]
    least = [back_off(number, lambda: 0.0) for number in range(len(pauses))]
    assert all(map(ge, pauses, least)), f"{pauses} are shorter than {least}"
    fault.remove()
    concludes(pull, with_="action_required", skipping=house)


def test_a_missing_permission_is_not_retried(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    fault = house.github.faults.add(f"/repos/{shop.full_name}/compare/*", status=403, actor="installation")
    house.dev.label(pull, "more")
    eventually(lambda: (pull.check("hotfix") or {}).get("status") == "in_progress", "the check to take it back")
    service.settle(house.github)
    assert not service.is_scheduled(evaluation(pull))
    fault.remove()
    house.dev.unlabel(pull, "more")
    concludes(pull, with_="action_required")


def test_a_check_run_that_github_lost_is_created_again(house: House, service: Service) -> None:
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    first = (pull.check("hotfix") or {})["id"]
    fault = house.github.faults.add(
        f"/repos/{pull.repo.full_name}/check-runs/{first}", status=404, actor="installation", method="PATCH"
    )
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success", skipping=house)
    assert fault.hits <= LOST_AFTER + 1
    fault.remove()
    newest = max(run["id"] for run in pull.checks("hotfix"))
    assert newest != first


def test_one_update_that_github_does_not_find_replaces_nothing(house: House, service: Service) -> None:
    """This holds even if another call of the evaluation also got a 404; a second run would duplicate the first."""
    pull = house.hotfix(house.shop())
    concludes(pull, with_="action_required")
    service.settle(house.github)
    repo = pull.repo.full_name
    house.github.faults.add("/graphql", status=404, actor="installation", count=1)
    update = house.github.faults.add(f"/repos/{repo}/check-runs/*", "PATCH", status=404, actor="installation", count=1)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success", skipping=house)
    assert update.hits == 1
    assert len(pull.checks("hotfix")) == 1


def test_a_job_that_ends_the_process_is_set_aside(house: House, own_service: Callable[..., Service]) -> None:
    """The process is killed three times during the same evaluation; all other work continues afterwards."""
    service = own_service()
    shop = house.shop()
    hung = house.github.faults.add(f"/repos/{shop.full_name}/compare/*", hold=True, actor="installation")
    pull = house.hotfix(shop)
    key = evaluation(pull)
    hung.wait_for_held()
    for crashes in range(1, 4):
        service.kill()
        service.start()
        counted = service.rows("SELECT crashes FROM jobs WHERE key = ?", key)
        assert counted == [(crashes,)]
        if crashes < 3:
            eventually(lambda: service.rows(STARTED, key), "the evaluation to run again")
    (line,) = eventually(lambda: service.lines("job set aside"), "the job to be set aside")
    assert line["job"] == key
    eventually(lambda: service.metric("hotfix_jobs_set_aside") == 1, "the metric to show it")
    other = house.hotfix(house.shop())
    concludes(other, with_="action_required")
    hung.remove()
    house.dev.label(pull, "more")
    service.settle(house.github)
    assert service.metric("hotfix_jobs_set_aside") == 1, "an event ran it again"
