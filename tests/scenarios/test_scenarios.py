"""The workflow's five scenarios end to end: real git, the real service, the real Action."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scenarios import paths
from tests.scenarios.cases import DATA, ENDPOINT, PAYMENT, PERFORMANCE, SECURITY, Case
from tests.scenarios.walk import Walk


@pytest.mark.parametrize("case", [SECURITY, DATA, PERFORMANCE, PAYMENT, ENDPOINT], ids=lambda case: case.name)
def test_a_scenario_from_declaration_to_closing(walk: Callable[[Case], Walk], case: Case) -> None:
    paths.PATHS[case.name](walk(case))
