"""`make try` leads to a first verdict on a simulated GitHub with three clicks in a real browser."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.demo.try_it import first_verdict, tried, verdicts
from tests.e2e.browser import arrive, sized_page
from tests.waiting import PATIENCE


@pytest.mark.xdist_group("browser")
def test_three_clicks_bring_the_first_verdict(tmp_path: Path, browser: Browser) -> None:
    with tried(tmp_path) as (service, pull, clone):
        page = sized_page(browser, 900, 1000)
        page.goto(service.link)
        page.get_by_role("button", name="Register on").click()
        page.get_by_role("button", name="Create GitHub App").click()
        page.wait_for_url("**/installations/new")
        page.get_by_role("button", name="Install on mia").click()
        check = first_verdict(pull, PATIENCE)
        assert check["output"]["title"] == "1 of 13 rules fails: commits"
        page.get_by_role("link", name=f"mia/shop#{pull.number}").click()
        arrive(page, pull.url)
        assert page.get_by_role("heading", name="1 of 13 rules fails: commits").is_visible()
        assert page.get_by_text("Who must act: mia (author)").is_visible()

        line = ". ../environment && git switch --quiet hotfix/sessions && hotfix check"
        shown = subprocess.run(["bash", "-c", line], cwd=clone, capture_output=True, text=True, timeout=5 * PATIENCE)
        assert shown.returncode == 1, shown.stderr
        assert "✗ commits: " in shown.stdout
        assert shown.stdout.splitlines()[-1].startswith("✗ This hotfix fails")
        assert " rules pass: severity, branch, " in shown.stdout

        (script,) = re.findall(r"^ +(sh \S+/reword)$", shown.stdout, re.MULTILINE)
        amend = f"export GIT_EDITOR=\"sed -i 's/\\[.*/refuse an expired session/'\" && {script}"
        line = f". ../environment && {amend} && hotfix submit"
        shown = subprocess.run(["bash", "-c", line], cwd=clone, capture_output=True, text=True, timeout=5 * PATIENCE)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert "pending until tara approves" in shown.stdout
        until = time.monotonic() + PATIENCE
        following = verdicts(pull, after=check, going_on=lambda: time.monotonic() < until)
        assert any(verdict["conclusion"] == "action_required" for _, verdict in following)
        # The page updates without a manual reload; its button approves the commit shown.
        page.get_by_role("heading", name="1 of 13 rules is pending: review").wait_for(timeout=PATIENCE * 1000)
        page.get_by_role("button", name="Approve as tara").click()
        until = time.monotonic() + PATIENCE
        assert any(verdict["output"]["title"] == "All 13 rules pass" for _, verdict in following)
        page.close()
