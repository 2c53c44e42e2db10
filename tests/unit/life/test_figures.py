"""Incident metrics and the status shown in the terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from hotfix.cli.console.printing import wrapped
from hotfix.life.figures import figures
from hotfix.life.words.plain import status_lines
from tests.unit.life.records import BEFORE, command, deployment, life, record, settled, shipped


def test_medians_are_taken_over_what_was_measured() -> None:
    found = figures([life(settled(), 100), life(record(), 10)])
    assert (found.incidents, found.hotfixes, found.within_sla) == (2, 1, (1, 1))
    assert found.medians["declare"] == timedelta(minutes=20)
    assert found.medians["review"] == timedelta(minutes=5)
    assert found.medians["production"] == timedelta(minutes=30)
    assert found.medians["restore"] == timedelta(minutes=60)
    assert found.months == {"2026-03": 1}


def test_an_incident_past_its_limit_did_not_keep_its_sla() -> None:
    assert figures([life(record(), 300)]).within_sla == (0, 1)
    assert figures([life(record(), 30)]).within_sla == (0, 0)


def test_what_can_wait_does_not_count() -> None:
    found = figures([life(record(body="Severity: P2"))])
    assert (found.incidents, found.medians["production"], found.months) == (0, None, {})


def test_rollbacks_and_debts_are_counted() -> None:
    back = deployment(4, 40, "success", sha="b" * 40, name="v1.2.3", kind="rollback")
    rolled = shipped(production=(*shipped().production, back))
    assert figures([life(rolled, 50)]).rollbacks == 1
    assert figures([life(shipped(), 50)]).open_debts == 7
    broken = deployment(2, -30, "success", sha="e" * 40, name="v1.3.0")
    assert figures([life(record(production=(BEFORE, broken, back)), 50)]).rollbacks == 1


def test_the_terminal_shows_the_newest_of_the_timeline() -> None:
    lines = status_lines(life(shipped(), 40), entries=3)
    begins = lines.index("Timeline")
    assert re.fullmatch(r"  \d+ earlier entries: --verbose shows all", lines[begins + 1])
    assert lines[begins + 2 :] == status_lines(life(shipped(), 40))[-3:]
    narrow = wrapped(lines, 80)
    assert max(map(len, narrow)) <= 80
    assert "".join("".join(narrow).split()) == "".join("".join(lines).split())
    assert wrapped(lines, 0) == lines


def test_the_terminal_shows_the_same_without_markup() -> None:
    of = replace(shipped(), commands=(command("note it's `db-1` <b>", by="eve", minutes=5),))
    lines = status_lines(life(of, 40))
    assert lines[1].startswith("P0 (critical) · stage watching · ")
    assert any("[x] Deployment successful - by ci at 2026-03-01 03:30 UTC" in line for line in lines)
    assert any("Note by eve: it's db-1" in line for line in lines)
    assert not any("**" in line for line in lines)
