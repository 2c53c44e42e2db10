"""`hotfix doctor` names missing settings of the service, without any set-up."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from app.doctor.examination import doctor


def test_settings_that_are_missing_share_one_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HOTFIX_")]:
        monkeypatch.delenv(name)
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
