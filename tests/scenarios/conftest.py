"""Fixtures of the scenarios: one world for all, and a walk for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.action.conftest import runtime
from tests.scenarios.cases import Case
from tests.scenarios.walk import Walk
from tests.scenarios.world import World, world

__all__ = ["runtime"]


@pytest.fixture(scope="session")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("scenarios")) as made:
        yield made


@pytest.fixture
def walk(everybody: World, runtime: Path) -> Iterator[Callable[[Case], Walk]]:
    made: list[Walk] = []

    def begin(case: Case) -> Walk:
        made.append(Walk(everybody, case, runtime))
        return made[-1]

    yield begin
    for one in made:
        one.close()
