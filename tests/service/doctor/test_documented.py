"""The troubleshooting page lists every problem that doctor finds."""

from __future__ import annotations

import re
from pathlib import Path

from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from tests.service.doctor.test_doctor import REPOSITORY, SERVICE
from tests.service.doctor.test_doctor_messages import CREDENTIALS, RECIPIENTS

PAGE = Path(__file__).resolve().parents[3] / "docs/troubleshooting.md"
LEAST = 25
"""Minimum number of misconfigurations that the tests create, each found with its fix."""


def test_troubleshooting_lists_each_kind_of_finding() -> None:
    spoiled = [*SERVICE.values(), *REPOSITORY.values(), *CREDENTIALS.values(), *RECIPIENTS.values()]
    assert len(spoiled) >= LEAST
    _, _, listed = PAGE.read_text().partition("## What doctor finds")
    kinds = {re.sub(r" (acme|live|main|hotfix|incident|priority:high|sev 1|#\w+)$", "", check) for check, *_ in spoiled}
    assert [kind for kind in sorted(kinds) if not re.search(rf"`{kind}[` ]", listed)] == []
    assert f"each of {len(PERMISSIONS)} permissions and {len(EVENTS)} events" in listed
