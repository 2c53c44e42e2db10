"""The changes that are announced to an open page: what changed, and nothing else."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.engine import Engine

from app.storage import snapshots
from app.storage.database import writing
from app.storage.snapshots import Snapshot
from app.tasks.page_content import of_verdict
from app.web.pages.live import Live, _state, news
from app.web.pages.pages_app import Pages
from hotfix.evaluate import evaluate
from hotfix.github.evaluation import EvaluationOutcome
from hotfix.policy import Policy
from tests.github.server.rewording import reworded
from tests.unit.factories import a_commit, a_facts


def an_incident(**card: Any) -> Snapshot:
    shown = {"stage": "fixing", "severity": "P0", "title": "Broken"}
    return Snapshot(
        name="acme/shop", number=12, kind=snapshots.INCIDENT, open=True, due_at=1.0, at=1.0, card=shown | card,
        figures={}, page={},
    )  # fmt: skip


def test_a_change_is_announced_for_what_changed(engine: Engine) -> None:
    """The page was opened long after the incident last changed."""
    context = SimpleNamespace(read=engine.connect)
    live = Live(cast(Pages, SimpleNamespace(parts=SimpleNamespace(context=context))))

    def said(**card: Any) -> list[str]:
        with writing(engine) as connection:
            snapshots.record(connection, an_incident(**card))
        return [change.news for change in asyncio.run(live._read(0))]

    with writing(engine) as connection:
        snapshots.record(connection, an_incident())
    asyncio.run(live._learn())
    assert said() == []
    assert said(severity="P1") == ["acme/shop#12 is now P1."]
    assert said(severity="P1", title="Still broken") == [""]
    assert said(severity="P1", stage="reviewing") == ["acme/shop#12 is now in stage reviewing."]
    assert said(severity="", stage="staging") == ["acme/shop#12 is now without a severity and in stage staging."]


def test_what_is_new_is_announced() -> None:
    assert news(snapshots.INCIDENT, None, ("declared", "P0")) == "is now in stage declared"
    assert news(snapshots.PULL, None, ("2 rules fail",)) == "has a new verdict: 2 rules fail"
    assert news(snapshots.PULL, ("2 rules fail",), ("2 rules fail",)) == ""


def test_a_verdict_in_other_words_is_not_new() -> None:
    facts = a_facts(commits=(a_commit(message="wip"),))
    outcome = SimpleNamespace(verdict=evaluate(facts, Policy()), read=SimpleNamespace(pull=facts.pull))
    card = of_verdict("acme/shop", 42, cast(EvaluationOutcome, outcome))[0].card
    before = _state(snapshots.PULL, card)
    assert news(snapshots.PULL, before, _state(snapshots.PULL, {**card, "headline": reworded(card["headline"])})) == ""
    changes: list[dict[str, Any]] = [
        {"conclusion": "pending"}, {"failing": ["commits", "size"]}, {"pending": ["review"]}, {"acts": []},
    ]  # fmt: skip
    for change in changes:
        assert news(snapshots.PULL, before, _state(snapshots.PULL, {**card, **change})), change
