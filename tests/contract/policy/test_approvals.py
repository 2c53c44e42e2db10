"""What an approval covers, and who may remove an objection."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.facts import Facts
from hotfix.finding import Status
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE, TAG

SPEC_FILE = "specs/hotfix-cart.md"


def review_status(service: Service, pull: Any) -> Status:
    return next(one.status for one in service.evaluate(pull).verdict.findings if one.rule == "review")


def approved(service: Service, acme: Any, **hotfix: Any) -> Any:
    pull = acme.hotfix(**hotfix)
    acme.lead.review(pull, "APPROVE")
    assert review_status(service, pull) is Status.PASSED
    acme.github.clock.advance(60)
    return pull


def test_an_approval_does_not_cover_another_base(service: Service, acme: Any) -> None:
    """The reviewer saw the changes against the old base, which may hide files."""
    pull = approved(service, acme)
    acme.shop.branch("side", at=TAG, pusher=acme.dev)
    acme.dev.edit_pull(pull, base="side")

    assert review_status(service, pull) is not Status.PASSED
    acme.github.clock.advance(60)
    acme.lead.review(pull, "APPROVE")
    assert review_status(service, pull) is Status.PASSED


def test_an_approval_does_not_cover_a_rewritten_base(service: Service, acme: Any) -> None:
    pull = approved(service, acme)
    acme.shop.commit("other", {"src/other.py": "other = 1\n"}, at=TAG, message="other", author=acme.dev)
    acme.dev.must(
        "PATCH", f"{acme.shop.path}/git/refs/heads/main", {"sha": acme.shop.refs()["refs/heads/other"], "force": True}
    )

    assert review_status(service, pull) is not Status.PASSED


def test_an_approval_does_not_cover_an_edited_spec(service: Service, acme: Any) -> None:
    pull = approved(service, acme)
    acme.dev.edit_pull(pull, body=GOOD_BODY.replace("git revert the commit, deploy v1.2.3", "trust me"))

    assert review_status(service, pull) is not Status.PASSED


def test_a_body_may_be_edited_next_to_a_spec_file(service: Service, acme: Any) -> None:
    """If the spec is a file, the approval refers to its version at the head."""
    pull = approved(service, acme, files={SPEC_FILE: GOOD_BODY})
    acme.dev.edit_pull(pull, body="Fixes the cart.")

    assert review_status(service, pull) is Status.PASSED


@pytest.mark.parametrize("others", [22, 120])
def test_no_number_of_co_authors_hides_one(service: Service, acme: Any, others: int) -> None:
    """GitHub returns at most a hundred authors of a commit per request."""
    trailers = "".join(f"Co-authored-by: x{i} <x{i}@example.com>\n" for i in range(others))
    message = f"{GOOD_MESSAGE}{trailers}Co-authored-by: lead <{acme.lead.email}>\n"
    pull = acme.hotfix(message=message)
    acme.lead.review(pull, "APPROVE")

    assert review_status(service, pull) is not Status.PASSED


def objected(service: Service, acme: Any) -> tuple[Any, Any]:
    """Return a hotfix with an objection by `lead` and an approval by `lead2`, and the objection."""
    pull = acme.hotfix()
    objection = acme.lead.review(pull, "REQUEST_CHANGES")
    acme.lead2.review(pull, "APPROVE")
    assert review_status(service, pull) is Status.FAILED
    return pull, objection


def test_an_author_cannot_dismiss_an_objection(service: Service, acme: Any) -> None:
    pull, objection = objected(service, acme)
    acme.dev.dismiss_review(pull, objection["id"])

    assert review_status(service, pull) is Status.FAILED


def test_its_author_can_dismiss_an_objection(service: Service, acme: Any) -> None:
    pull, objection = objected(service, acme)
    acme.lead.dismiss_review(pull, objection["id"])

    assert review_status(service, pull) is Status.PASSED


def test_another_tech_lead_can_dismiss_an_objection(service: Service, acme: Any) -> None:
    pull, objection = objected(service, acme)
    acme.lead2.dismiss_review(pull, objection["id"])

    assert review_status(service, pull) is Status.PASSED


def test_the_facts_say_who_dismissed_a_review(service: Service, acme: Any) -> None:
    pull, objection = objected(service, acme)
    acme.lead2.dismiss_review(pull, objection["id"])
    facts = service.gather(pull).facts
    assert isinstance(facts, Facts)
    assert facts.pull
    dismissed = facts.pull.reviews[0]

    assert dismissed.dismissed_by
    assert (dismissed.dismissed_by.login, dismissed.before_dismissal) == ("lead2", "CHANGES_REQUESTED")
