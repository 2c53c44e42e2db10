"""`hotfix doctor` before and after the set-up: missing settings share a fix, and what `init` requires satisfies it."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from app.doctor.examination import doctor
from hotfix.github.transport.client import TokenBearer
from hotfix.github.write.setup.set_up_repository import require_check
from tests.service.doctor.test_doctor import House, house

__all__ = ["house"]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the folder of the service, and its environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HOTFIX_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("elsewhere")
def test_without_settings_a_repository_is_not_checked() -> None:
    """Nothing is known about it, so it has no problems either."""
    with redirect_stdout(io.StringIO()) as out:
        assert doctor("acme/shop") == 1
    lines = out.getvalue().splitlines()
    assert [line for line in lines if line.startswith("FAIL")] == [
        "FAIL  settings: HOTFIX_APP_ID is not set; HOTFIX_PRIVATE_KEY is not set;"
    ]
    assert lines[-1] == "acme/shop was not checked: that needs the settings of the service"


@pytest.mark.usefixtures("elsewhere")
def test_settings_that_are_missing_share_one_fix() -> None:
    printed = {}
    for form in ("json", "text"):
        with redirect_stdout(io.StringIO()) as out:
            doctor("", form)
        printed[form] = out.getvalue()
    fixes = [each["fix"] for each in json.loads(printed["json"])["findings"]]
    assert len(fixes) == 3
    assert all("`hotfix serve`" in fix for fix in fixes)
    assert all("in the folder of the service" in fix for fix in fixes)
    assert printed["text"].count("fix:") == 1


def test_what_init_requires_satisfies_the_doctor(house: House) -> None:
    """`hotfix init --require-check` pins the check to the App, and `hotfix doctor` sees it."""
    house.repo.protect("main", required_checks=())
    admin = TokenBearer(house.dev.token, house.github.api_url)
    assert require_check(admin, "acme/shop", house.app.id, ["main"])
    assert house.findings("acme/shop") == []
