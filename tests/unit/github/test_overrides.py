"""Who may override a rule."""

from __future__ import annotations

import pytest

from hotfix.facts import People
from hotfix.github.read.pull.overrides import permitted
from tests.unit.factories import a_facts

PEOPLE = People(tech_leads=frozenset({"lead", "dev"}), incident_commanders=frozenset({"commander"}))


@pytest.mark.parametrize(
    ("login", "may"),
    [("lead", True), ("LEAD", True), ("commander", True), ("dev", False), ("other", False), ("", False)],
)
def test_only_people_with_a_role_and_no_part_in_the_branch(login: str, may: bool) -> None:
    assert permitted(a_facts(people=PEOPLE), login) is may


@pytest.mark.parametrize("missing", ["authors", "commits"])
def test_no_override_while_contributors_are_unknown(missing: str) -> None:
    """The 101st co-author of a commit might be the person who overrides."""
    facts = a_facts(people=PEOPLE, missing={missing: "a commit has more than 100 authors"})
    assert not permitted(facts, "lead")
    assert permitted(a_facts(people=PEOPLE, missing={"files": "GitHub lists 3,000 files at most"}), "lead")
