"""Retries back off whatever arrives meanwhile, and what lasts is not retried: no sequence of events makes a storm."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.github import Pull
from tests.service.conftest import House, concludes
from tests.service.running import Service, eventually


def evaluations(service: Service, pull: Pull) -> int:
    """How often the pull request was evaluated or tried to be."""
    repo, number = pull.repo.full_name, pull.number
    verdicts = [line for line in service.lines("verdict") if (line["repo"], line["pull"]) == (repo, number)]
    failed = [line for line in service.lines("job postponed") if line["job"] == f"evaluate:{repo}#{number}"]
    return len(verdicts) + len([line for line in failed if "everything" not in line["reason"]])


def bother(house: House, pull: Pull, times: int = 3, pause: float = 0.0) -> None:
    for number in range(times):
        house.dev.label(pull, f"more-{number}")
        time.sleep(pause)


def quiet(house: House, service: Service) -> None:
    house.github.settle()
    eventually(service.idle, "the service to be idle")


def test_a_wrong_branch_in_the_policy_is_not_retried(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": "branches: {back_merge: [main, no-such-branch]}\n"})
    pull = house.hotfix(shop)
    eventually(lambda: pull.check("hotfix"), "a check")
    quiet(house, service)
    before = evaluations(service, pull)
    bother(house, pull)
    quiet(house, service)
    assert 1 <= evaluations(service, pull) - before <= 3
    settled = evaluations(service, pull)
    time.sleep(3)
    assert evaluations(service, pull) == settled, "nothing happened, and it was evaluated again"
    shop.branch("no-such-branch", at="main")
    concludes(pull, with_="action_required")


def test_events_do_not_shorten_the_back_off(house: House, service: Service) -> None:
    shop = house.shop()
    fault = house.github.faults.add(f"/repos/{shop.full_name}/compare/main*", status=404, actor="installation")
    pull = house.hotfix(shop)
    eventually(lambda: pull.check("hotfix"), "a check")
    began, before = time.monotonic(), evaluations(service, pull)
    while time.monotonic() - began < 4:
        bother(house, pull, times=1, pause=0.1)
    assert evaluations(service, pull) - before <= 3, "1 s, 2 s, 4 s"
    fault.remove()
    concludes(pull, with_="action_required")


def test_a_missing_permission_is_not_retried(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required")
    fault = house.github.faults.add(f"/repos/{shop.full_name}/compare/*", status=403, actor="installation")
    house.dev.label(pull, "more")
    eventually(lambda: (pull.check("hotfix") or {}).get("status") == "in_progress", "the check to take it back")
    quiet(house, service)
    hits = fault.hits
    time.sleep(3)
    assert fault.hits == hits
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
    concludes(pull, with_="success")
    assert fault.hits <= 2
    fault.remove()
    newest = max(run["id"] for run in pull.checks("hotfix"))
    assert newest != first


def test_a_job_that_ends_the_process_is_set_aside(house: House, own_service: Callable[..., Service]) -> None:
    """The process is killed three times during the same evaluation; everything else continues afterwards."""
    service = own_service()
    shop = house.shop()
    hung = house.github.faults.add(f"/repos/{shop.full_name}/compare/*", delay=5.0, actor="installation")
    pull = house.hotfix(shop)
    key = f"evaluate:{shop.full_name}#{pull.number}"
    for _ in range(3):
        hits = hung.hits
        eventually(lambda seen=hits: hung.hits > seen, "the evaluation to run")  # type: ignore[misc]
        service.kill()
        service.start()
    (line,) = eventually(lambda: service.lines("job set aside"), "the job to be set aside")
    assert line["job"] == key
    eventually(lambda: service.metric("hotfix_jobs_set_aside") == 1, "the metric to show it")
    other = house.hotfix(house.shop())
    concludes(other, with_="action_required")
    hung.remove()
    house.dev.label(pull, "more")
    quiet(house, service)
    assert service.metric("hotfix_jobs_set_aside") == 1, "an event ran it again"
