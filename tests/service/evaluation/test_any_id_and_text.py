"""IDs of 64 bits and text in any script are stored unchanged in both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.github.acme import GOOD_BODY, POLICY
from tests.service.conftest import House, concludes, output
from tests.service.evaluation.held_deployments import answered, request
from tests.service.evaluation.test_comments import a_second_later
from tests.service.life.test_life import FORM, shows
from tests.service.running import Service, eventually

ODD = "\U0001d4b3\U0001f691\u202e\u200f\u05de\u05e8\u05d7\u05d1"
"""Characters of four bytes, and marks that change the text direction."""
LONG = 60_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    found: str = request.getfixturevalue("postgres").render_as_string(hide_password=False)
    return found


def test_ids_beyond_53_bits(url: str, house: House, own_service: Callable[..., Service]) -> None:
    """A floating-point number can't represent them; an override, a hold and an incident are found by their IDs."""
    house.github.ids_from(2**63 - 1_000_000)
    service = own_service(url)
    shop = house.shop({".github/hotfix.yml": f"{POLICY}rules:\n  size: {{max_lines: 1}}\n"})
    for name in ("production", "staging"):
        shop.environment(name, protected=True)
    pull = house.hotfix(shop)
    concludes(pull, with_="failure")
    a_second_later(house, pull)
    house.commander.comment(pull, "/hotfix override size the vendor's patch is what it is")
    concludes(pull, with_="action_required")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    house.dev.deploy(shop, pull.head_sha, "staging", "success")
    answered(pull, request(house, pull), "approved")
    issue = house.dev.report(shop, "Checkout fails", FORM)
    shows(issue, "stage **declared**")
    note = house.commander.comment(issue, "/hotfix note all is large")
    shows(issue, "all is large")
    assert note["id"] > 2**62
    assert "Traceback" not in service.output


def test_names_of_any_length(url: str, house: House, own_service: Callable[..., Service]) -> None:
    """They exceed the size of a PostgreSQL index entry; the delivery would be refused again and again."""
    service = own_service(url)
    shop = house.shop()
    name = "".join(chr(0x10000 + number) for number in range(1900))
    about = {"full_name": shop.full_name, "default_branch": "main", "html_url": "https://github.test/x"}
    payload = {"ref": f"refs/heads/{name}", "before": "0" * 40, "after": "1" * 40, "repository": about}
    assert service.deliver("push", payload, "a-long-branch").status_code == 202
    deployment = {"deployment": {"environment": name}, "deployment_status": {"state": "success"}, "repository": about}
    assert service.deliver("deployment_status", deployment, "a-long-environment").status_code == 202


def test_text_of_any_script(url: str, house: House, own_service: Callable[..., Service]) -> None:
    service = own_service(url)
    pull = house.hotfix(house.shop(), branch=f"hotfix/{ODD}", body=f"{GOOD_BODY}\n<!-- {ODD * 1000} -->")
    concludes(pull, with_="action_required")
    house.dev.label(pull, ODD)
    house.dev.edit_pull(pull, title=f"HOTFIX: {ODD}")
    house.commander.comment(pull, f"{ODD * 100}\0{'x' * LONG}")
    house.commander.comment(pull, f"/hotfix override size {ODD}\0 {'x' * 3000}")
    house.lead.review(pull, "APPROVE", ODD)
    concludes(pull, with_="success")
    assert pull.head_ref == f"hotfix/{ODD}"
    assert output(pull)["title"]
    issue = house.dev.report(pull.repo, f"Checkout {ODD}\0", f"{FORM}\n{ODD * 1000}")
    house.commander.comment(issue, f"/hotfix note {ODD}\0")
    shows(issue, f"Note by **commander**: {ODD[:2]}\ufffd")
    house.github.settle()
    eventually(lambda: all(each.status in (200, 202, None) for each in house.github.deliveries), "no refusal")
    assert "Traceback" not in service.output
