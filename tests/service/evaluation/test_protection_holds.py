"""A held deployment is neither forgotten nor decided on missing data, whatever fails at GitHub or in the service."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.github import Pull
from tests.service.conftest import House, concludes
from tests.service.evaluation.held_deployments import answered, answers, passing, protected, report, request
from tests.service.running import Service, eventually


def key(pull: Pull, run: int, environment: str = "production") -> str:
    """Return the key of the job that answers."""
    return f"protection:{pull.repo.full_name}:{run}:{environment}"


def answer_path(pull: Pull, run: int | str = "*") -> str:
    return f"/repos/{pull.repo.full_name}/actions/runs/{run}/deployment_protection_rule"


def ready(house: House) -> Pull:
    """Open a hotfix that may be deployed to production."""
    pull = house.hotfix(protected(house))
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    return pull


def wake(house: House, pull: Pull) -> None:
    """Cause an event that changes nothing but makes the service look at the held deployments again."""
    house.dev.deploy(pull.repo, pull.head_sha, "preview", "failure")


def test_a_report_is_not_repeated_if_only_its_words_change(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    concludes(pull, with_="action_required")
    house.dev.convert_to_draft(pull)
    run = request(house, pull)
    report(pull, run, "draft")
    house.dev.ready_for_review(pull)
    service.settle(house.github)
    assert len(answers(pull, run)) == 1


def test_a_rerun_is_a_request_of_its_own(house: House, service: Service) -> None:
    """The first attempt was cancelled while it was held; the second one gets its own report and answer."""
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    assert pull.repo.request_protection("production", pull.head_sha, house.app, house.dev, again=run) == run
    report(pull, run, "review")
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    answered(pull, run, "approved")


def test_a_rerun_after_a_rejection_is_answered(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house), labels=())
    run = request(house, pull)
    answered(pull, run, "rejected")
    house.dev.label(pull, "hotfix")
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    pull.repo.request_protection("production", pull.head_sha, house.app, house.dev, again=run)
    answered(pull, run, "approved")


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_report_that_github_refuses_ends_no_hold(house: House, service: Service, status: int) -> None:
    pull = house.hotfix(protected(house))
    concludes(pull, with_="action_required")
    fault = house.github.faults.add(answer_path(pull), "POST", status=status, count=1)
    run = request(house, pull)
    eventually(lambda: fault.hits, "the report to be refused")
    service.settle(house.github)
    assert service.is_scheduled(key(pull, run))
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    answered(pull, run, "approved")


@pytest.mark.parametrize("trouble", [{"status": 404}, {"status": 422}, {"status": 500}, {"cut": "before"}], ids=str)
def test_an_answer_that_github_did_not_take_is_sent_again(
    house: House, service: Service, trouble: dict[str, Any]
) -> None:
    pull = ready(house)
    house.github.faults.add(answer_path(pull), "POST", count=2, **trouble)
    answered(pull, request(house, pull), "approved", skipping=house)


def test_an_answer_after_the_run_has_ended_is_let_go(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    pull.repo.set_run(run, "completed")
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    service.settle(house.github)
    eventually(lambda: not service.is_scheduled(key(pull, run)), "the hold to end with its run")
    assert not [each for each in answers(pull, run) if each["state"]]


def test_a_run_that_github_does_not_show_for_once_is_still_held(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    fault = house.github.faults.add(f"/repos/{pull.repo.full_name}/actions/runs/{run}", "GET", status=404, count=1)
    wake(house, pull)
    eventually(lambda: fault.hits, "the run to be asked for")
    service.settle(house.github)
    assert service.is_scheduled(key(pull, run))


def test_a_missing_permission_holds_until_it_is_granted(house: House, service: Service) -> None:
    pull = ready(house)
    fault = house.github.faults.add(f"/repos/{pull.repo.full_name}/compare/*", status=403, actor="installation")
    run = request(house, pull)
    report(pull, run, "not permit")
    fault.remove()
    wake(house, pull)
    answered(pull, run, "approved")


def test_what_is_unknown_for_a_moment_is_looked_at_again(house: House, service: Service) -> None:
    """No event arrives, and the next sweep is too far away."""
    pull = ready(house)
    service.settle(house.github)
    house.github.faults.add(f"/repos/{pull.repo.full_name}/compare/*", status=404, actor="installation", count=2)
    answered(pull, request(house, pull), "approved", skipping=house)


def test_a_commit_without_a_pull_is_not_rejected_at_first_sight(house: House, service: Service) -> None:
    """GitHub lists a pull request under its commit only a moment after it starts the workflow."""
    pull = house.hotfix(protected(house))
    run = request(house, pull, sha=pull.repo.sha("main"))
    answered(pull, run, "rejected", skipping=house)
    decisions = [line["decision"] for line in service.lines("deployment evaluated") if line["run"] == run]
    assert decisions == ["unknown", "unknown", "unknown", "refused"]
    assert len(answers(pull, run)) == 1, "nothing is reported while it is in doubt"


def test_every_environment_but_staging_needs_staging(house: House, service: Service) -> None:
    """A second production environment doesn't bypass staging."""
    shop = protected(house)
    shop.environment("production-eu", protected=True)
    pull = house.hotfix(shop)
    passing(house, pull)
    run = request(house, pull, "production-eu")
    report(pull, run, "staging")
    house.dev.deploy(shop, pull.head_sha, "staging", "success")
    answered(pull, run, "approved")


def test_each_waiting_run_of_an_environment_is_answered(house: House, service: Service) -> None:
    pull = house.hotfix(protected(house))
    runs = [request(house, pull) for _ in range(3)]
    for run in runs:
        report(pull, run, "review")
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    for run in runs:
        answered(pull, run, "approved")


class _Stranger(BaseHTTPRequestHandler):
    """A server that is not GitHub; it counts its requests."""

    calls = 0

    def do_POST(self) -> None:
        type(self).calls += 1
        self.send_response(204)
        self.end_headers()


def test_the_callback_of_another_host_is_never_called(house: House, service: Service) -> None:
    pull = ready(house)
    run = request(house, pull)
    answered(pull, run, "approved")
    asked = next(each for each in reversed(house.github.deliveries) if each.event == "deployment_protection_rule")
    payload = dict(asked.payload)
    pull.repo.request_protection("production", pull.head_sha, house.app, house.dev, again=run)
    answered(pull, run, "approved")
    with HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        server.timeout = 0
        address = f"http://127.0.0.1:{server.server_port}/actions/runs/{run}/deployment_protection_rule"
        payload["deployment"] = dict(payload["deployment"], id=payload["deployment"]["id"] + 1_000_000)
        service.deliver("deployment_protection_rule", payload | {"deployment_callback_url": address}, f"to-{run}")
        service.settle(house.github)
        server.handle_request()
    assert _Stranger.calls == 0
    sent = [call for call in house.github.calls if call.path == answer_path(pull, run)]
    assert len(sent) >= 3, "it was sent to GitHub's own address"


def test_ids_of_any_size_are_kept(house: House, service: Service) -> None:
    """The IDs of a run and of a deployment have 64 bits."""
    pull = ready(house)
    run = request(house, pull)
    answered(pull, run, "approved")
    asked = next(each for each in reversed(house.github.deliveries) if each.event == "deployment_protection_rule")
    big, deployment = 2**63 - 25, 2**63 - 1
    payload = dict(asked.payload)
    payload["deployment_callback_url"] = payload["deployment_callback_url"].replace(str(run), str(big))
    payload["deployment"] = dict(payload["deployment"], id=deployment)
    assert service.deliver("deployment_protection_rule", payload, f"big-{run}").status_code == 202
    eventually(lambda: [c for c in house.github.calls if c.path == answer_path(pull, big)], "an answer to that run")


def test_a_hold_survives_a_restart_and_a_lost_database(house: House, own_service: Callable[..., Service]) -> None:
    """The request was acknowledged; after the loss only GitHub's list of deliveries still contains it."""
    service = own_service()
    pull = house.hotfix(protected(house))
    run = request(house, pull)
    report(pull, run, "review")
    service.stop()
    for file in Path(service.folder).glob("hotfix.db*"):
        file.unlink()
    service.start()
    eventually(lambda: service.is_scheduled(key(pull, run)), "the request to come again")
    passing(house, pull)
    house.dev.deploy(pull.repo, pull.head_sha, "staging", "success")
    answered(pull, run, "approved")
