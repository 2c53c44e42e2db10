"""The branches whose workflows an environment admits, according to its settings on GitHub."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.write.rollout.workflow_runs import all_admit
from tests.contract.conftest import Service

HOTFIX = "hotfix/cart"


@pytest.mark.parametrize(
    ("branches", "admitted"),
    [
        (None, True),
        (["main"], False),
        (["main", "hotfix/*"], True),
        (["*"], False),
        (["hotfix/**"], True),
        (["hotfix/c[ab]rt"], True),
        (["hotfix"], False),
        (["release/*/*"], False),
        ([], False),
    ],
)
def test_an_environment_admits_the_branches_it_names(
    service: Service, acme: Any, branches: list[str] | None, admitted: bool
) -> None:
    acme.shop.environment("Production", branches=branches)
    acme.shop.branch(HOTFIX, at="main")
    assert all_admit(service.client, acme.shop.full_name, ["staging", "production"], HOTFIX) is admitted


def test_protected_branches_are_admitted_if_the_branch_is_one(service: Service, acme: Any) -> None:
    acme.shop.environment("production", branches=[])
    acme.shop.branch(HOTFIX, at="main")
    acme.shop.protect(HOTFIX)
    assert all_admit(service.client, acme.shop.full_name, ["production"], HOTFIX)


def test_another_environment_does_not_matter(service: Service, acme: Any) -> None:
    acme.shop.environment("docs", branches=["main"])
    assert all_admit(service.client, acme.shop.full_name, ["staging", "production"], HOTFIX)


def test_an_environment_that_cannot_be_read_is_tried(service: Service, acme: Any) -> None:
    acme.shop.environment("production", branches=["main"])
    acme.github.faults.add("*/environments", status=403, body="Resource not accessible by integration")
    assert all_admit(service.client, acme.shop.full_name, ["production"], HOTFIX)
