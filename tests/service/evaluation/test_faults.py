"""Crashes, lost webhooks, a failing GitHub: every acknowledged delivery ends in a verdict, never in a false pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from tests.github import Refused
from tests.service.conftest import House, after_retries, concludes, conclusion, output
from tests.service.running import Service, eventually

Make = Callable[..., Service]


def test_what_was_acknowledged_survives_sigkill(house: House, own_service: Make) -> None:
    service = own_service()
    shop = house.shop()
    shas = shop.log("main")
    house.github.settle()
    house.github.outage = True
    try:
        for n in range(20):
            payload = rerequested(house, shop.full_name, shas[n % 2])
            assert service.deliver("check_suite", payload, f"guid-{n}").status_code == 202
        service.kill()
    finally:
        house.github.outage = False
    assert service.rows("SELECT count(*), sum(wanted) FROM jobs WHERE kind = 'sha' AND wanted > done") == [(2, 20)]
    service.start()
    eventually(lambda: not open_jobs(service, "sha"), "what was left to be done")
    again = service.deliver("check_suite", rerequested(house, shop.full_name, shas[0]), "guid-3")
    assert again.status_code == 200, "a delivery was taken twice"


def rerequested(house: House, repo: str, sha: str) -> object:
    suite = {"id": 1, "head_sha": sha, "head_branch": "hotfix/x", "app": {"id": house.app.id}}
    return {"action": "rerequested", "check_suite": suite, "repository": {"full_name": repo}}


def open_jobs(service: Service, kind: str) -> list[object]:
    return list(service.rows("SELECT key, error FROM jobs WHERE kind = ? AND wanted > done", kind))


def test_killed_in_the_middle_it_evaluates_again(house: House, own_service: Make) -> None:
    service = own_service()
    shop = house.shop()
    reads = house.github.faults.add(f"{shop.path}/compare/*", hold=True, actor="installation")
    pull = house.hotfix(shop)
    reads.wait_for_held()
    service.kill()
    reads.remove()
    service.start()
    concludes(pull, with_="action_required")
    assert len(pull.checks("hotfix")) == 1


def test_lost_deliveries_are_asked_for_at_the_next_start(house: House, own_service: Make) -> None:
    service = own_service()
    service.settle(house.github)
    service.stop()
    shop = house.shop()
    pull = house.hotfix(shop)
    house.github.settle()
    assert conclusion(pull) is None
    service.start()
    concludes(pull, with_="action_required")


def test_a_mistake_of_ours_takes_the_pass_back(house: House, own_service: Make) -> None:
    """An evaluation that raises an unexpected error must not leave an earlier pass in place."""
    own_service()
    shop = house.shop()
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    house.github.faults.add("/repos/*/compare/*", status=200, body={"strange": True})
    house.dev.edit_pull(pull, title="HOTFIX: another title")

    def is_in_progress() -> bool:
        return (pull.check("hotfix") or {}).get("status") == "in_progress"

    after_retries(house, shop, is_in_progress, "the check to take its pass back")
    house.github.faults.clear()
    concludes(pull, with_="success", skipping=house)
    house.github.ignore_violations()


def test_a_malformed_delivery_is_not_asked_for_again(house: House, own_service: Make) -> None:
    """It was delivered; a redelivery would be refused as well."""
    service = own_service()
    guid = house.github.webhooks.send(house.app, "pull_request", {"action": "opened", "number": "x"})
    house.github.settle()
    house.github.ignore_violations()
    service.stop()
    service.start()
    service.settle(house.github)
    assert [d.status for d in house.github.deliveries if d.guid == guid] == [400]


def test_the_verdict_comes_after_an_outage(house: House, service: Service) -> None:
    """The check run stays in progress until then."""
    shop = house.shop()
    fault = house.github.faults.add("/graphql", status=502, actor="installation")
    pull = house.hotfix(shop)
    after_retries(house, shop, lambda: fault.hits >= 4, "some attempts")
    check = eventually(lambda: pull.check("hotfix"), "the check to say so")
    assert check is not None
    assert check["status"] == "in_progress"
    assert "retry" in (output(pull)["title"] + output(pull)["summary"]).lower()
    fault.remove()
    concludes(pull, with_="action_required", skipping=house)


def test_an_unknown_result_is_evaluated_again(house: House, service: Service) -> None:
    shop = house.shop()
    fault = house.github.faults.add(f"/repos/{shop.full_name}/compare/main*", status=404, actor="installation")
    pull = house.hotfix(shop)
    # Before that, the check of the pull request that has no label yet may be completed.
    eventually(lambda: "unknown: branch" in str((pull.check("hotfix") or {}).get("output")), "an unknown branch")
    check = pull.check("hotfix")
    assert check is not None
    assert (check["status"], check["conclusion"]) == ("in_progress", None)
    house.github.settle()
    before = fault.hits
    after_retries(house, shop, lambda: fault.hits >= before + 2, "more attempts, though nothing happened")
    fault.remove()
    concludes(pull, with_="action_required", skipping=house)


def test_a_secondary_rate_limit_is_waited_out(house: House, service: Service) -> None:
    shop = house.shop()
    service.settle(house.github)
    fault = house.github.faults.add("*", status=403, retry_after=2, body="secondary", actor="installation", count=1)
    pull = house.hotfix(shop)
    concludes(pull, with_="action_required", skipping=house)
    assert fault.hits == 1
    assert [line for line in service.lines("job postponed") if "rate limit" in line["reason"]]


def test_a_push_that_is_not_shown_yet_is_evaluated_later(house: House, service: Service) -> None:
    shop = house.shop()
    pull = house.hotfix(shop)
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    house.github.stale(shop, seconds=1.0)
    sha = shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message="more", author=house.dev)
    seen: set[str | None] = set()

    def evaluated() -> bool:
        with contextlib.suppress(Refused):  # GitHub doesn't show the new commit to the test yet either
            seen.update(check["conclusion"] for check in shop.checks(sha, "hotfix"))
        return "failure" in seen

    after_retries(house, shop, evaluated, "a failing verdict on the new commit")
    assert "success" not in seen


def test_duplicated_and_reordered_webhooks_end_in_the_last_state(house: House, service: Service) -> None:
    shop = house.shop()
    house.github.settle()
    house.github.webhooks.duplicate()
    house.github.webhooks.hold()
    pull = house.hotfix(shop)
    house.dev.unlabel(pull, "hotfix")
    house.dev.label(pull, "hotfix")
    house.lead.review(pull, "APPROVE")
    house.github.webhooks.release("shuffled")
    concludes(pull, with_="success")
    service.settle(house.github)
    assert conclusion(pull) == "success"
    assert len(pull.checks("hotfix")) == 1


def test_sigterm_ends_it_within_seconds_and_loses_nothing(house: House, own_service: Make) -> None:
    service = own_service()
    pull = house.hotfix(house.shop())
    service.stop()
    assert service.lines("stopped")
    service.start()
    concludes(pull, with_="action_required")
