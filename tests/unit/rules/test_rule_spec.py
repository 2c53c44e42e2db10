"""The `spec` rule."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from hotfix import spec as specs
from hotfix.facts import Change, Facts, File, Production
from hotfix.finding import Finding, Status
from hotfix.policy import Policy
from hotfix.render.check_page import summary
from hotfix.rules.spec import RULE, SpecOptions
from tests.unit.factories import BODY, a_facts, a_file, a_pull
from tests.unit.render.shown import a_verdict

FILES = (a_file(), a_file("tests/test_session.py"))


def evaluate(facts: Facts, options: SpecOptions | None = None) -> Finding:
    return RULE.evaluate(facts, options or SpecOptions())


def with_file(text: str | None, *others: File, path: str = "specs/hotfix-x.md", pull: bool = True) -> Facts:
    file = a_file(path, change=Change.ADDED, after=text, patch=None)
    return a_facts(files=(*(others or FILES), file), pull=a_pull(body="Fixes #7") if pull else None)


def test_a_complete_body_passes() -> None:
    assert evaluate(a_facts()).status is Status.PASSED


def test_a_complete_file_passes_with_or_without_a_pull_request() -> None:
    assert evaluate(with_file(BODY)).status is Status.PASSED
    assert evaluate(with_file(BODY, pull=False)).status is Status.PASSED


@pytest.mark.parametrize(
    ("plan", "tag", "older"),
    [
        ("Deploy v1.2.3 again", "v1.2.4-hotfix.1", "v1.2.3"),
        ("Deploy `v1.2.3`, then `v1.2.2`.", "v1.2.4", "v1.2.3"),
        ("Deploy v1.2.4-hotfix.1 again", "v1.2.4-hotfix.1", ""),
        ("Deploy v1.2.4-hotfix.1; if it fails too, v1.2.3", "v1.2.4-hotfix.1", ""),
        ("git revert 1a2b3c4", "v1.2.4-hotfix.1", ""),
        ("Use node 18.2.0", "v20.2.4", ""),
        ("Deploy v1.2.3 again", "a" * 40, ""),
    ],
)
def test_a_rollback_behind_production_is_noted(plan: str, tag: str, older: str) -> None:
    """It undoes the previous hotfix as well, but may be meant, so the rule passes."""
    body = BODY.replace("git revert the commit, deploy v1.2.3", plan)
    assert plan in body
    facts = replace(a_facts(), pull=a_pull(body=body), production=Production(tag=tag, sha="a" * 40))
    note = f"its rollback plan names {older}, which would also undo {tag}, the version in production"
    found = evaluate(facts)
    assert found.status is Status.PASSED
    assert (note in found.message) is bool(older)
    shown = summary(a_verdict(spec=found), policy=Policy(), facts=facts)
    assert ("older than the version in production" in shown) is bool(older)


@pytest.mark.parametrize("name", [n for n in specs.SECTIONS if n not in specs.OPTIONAL])
def test_a_section_that_is_gone_is_named_and_offered(name: str) -> None:
    before, _, after = BODY.partition(f"## {name}")
    text = before + (after[after.index("\n## ") + 1 :] if "\n## " in after else "")
    finding = evaluate(with_file(text))
    assert finding.status is Status.FAILED
    assert name in finding.message
    assert f"## {name}" in finding.suggestion


def test_a_file_without_a_title_is_offered_one() -> None:
    finding = evaluate(with_file(BODY.replace("# HOTFIX", "HOTFIX", 1)))
    assert finding.status is Status.FAILED
    assert finding.suggestion.startswith("# HOTFIX: ")


def test_an_unnamed_file_fails_with_the_corrected_list() -> None:
    finding = evaluate(with_file(BODY, *FILES, a_file("uv.lock")))
    assert finding.status is Status.FAILED
    assert "uv.lock changed, but is not named" in finding.message
    assert finding.suggestion == (
        "## Files to Change\n"
        "- src/session.py - check the expiry\n"
        "- tests/test_session.py - an expired session\n"
        "- uv.lock - [specific change]\n"
    )


def test_the_corrected_list_keeps_every_word() -> None:
    """This includes all text about the files that changed."""
    listed = (
        "- src/session.py: check the *expiry*\n  - before the signature\n- `lib/old.py` - gone\n- [file2.ts] - [change]"
    )
    text = BODY.replace("- src/session.py - check the expiry\n- tests/test_session.py - an expired session", listed)
    assert evaluate(with_file(text)).suggestion == (
        "## Files to Change\n"
        "- src/session.py: check the *expiry*\n"
        "  - before the signature\n"
        "- tests/test_session.py - [specific change]\n"
    )


def test_a_named_file_that_did_not_change_fails_at_its_line() -> None:
    finding = evaluate(with_file(BODY, FILES[0]))
    assert finding.status is Status.FAILED
    line = BODY.split("\n").index("- tests/test_session.py - an expired session") + 1
    assert [(p.path, p.line) for p in finding.locations] == [("specs/hotfix-x.md", line)]
    assert "tests/test_session.py" not in finding.suggestion


def test_a_placeholder_is_shown_with_its_line() -> None:
    finding = evaluate(with_file(BODY.replace("Check the expiry before", "[how] before")))
    assert finding.message.startswith("In specs/hotfix-x.md, Minimal Fix still holds the placeholder [how]; ")
    assert finding.details[0].startswith("specs/hotfix-x.md:")


def test_an_empty_body_gets_a_spec_to_fill_in() -> None:
    finding = evaluate(a_facts(pull=a_pull(body="")))
    assert finding.status is Status.FAILED
    assert "specs/hotfix-expired-sessions.md" in finding.remediation
    assert "- src/session.py - [specific change]" in finding.suggestion


def test_several_specs_fail_by_name() -> None:
    file = a_file("specs/hotfix-y.md", after=BODY)
    finding = evaluate(with_file(BODY, *FILES, file))
    assert finding.status is Status.FAILED
    assert "specs/hotfix-x.md" in finding.message
    assert "specs/hotfix-y.md" in finding.message


def test_of_several_specs_the_hotfixs_own_is_kept() -> None:
    old = a_file("specs/hotfix-a.md", after=BODY)
    new = a_file("specs/hotfix-z.md", change=Change.ADDED, after=BODY)
    named = a_file("specs/hotfix-expired-sessions.md", change=Change.ADDED, after=BODY)
    assert evaluate(a_facts(files=(old, new))).commands[0] == "git reset v1.2.3 -- specs/hotfix-a.md"
    assert evaluate(a_facts(files=(new, named))).commands[0] == "git reset v1.2.3 -- specs/hotfix-z.md"


def test_the_policy_says_where_the_spec_is() -> None:
    assert evaluate(with_file(BODY, path="docs/fix.md"), SpecOptions(path="docs/*.md")).status is Status.PASSED


def test_a_clone_without_a_spec_file_fails() -> None:
    finding = evaluate(a_facts(pull=None))
    assert finding.status is Status.FAILED
    assert finding.remediation == "Write the spec into specs/hotfix-expired-sessions.md and commit it"


def test_a_spec_that_could_not_be_read_is_not_guessed() -> None:
    assert evaluate(with_file(None)).status is Status.UNKNOWN


def test_files_beyond_githubs_cap_do_not_contradict_the_spec() -> None:
    missing = MappingProxyType({"files": "GitHub lists 3,000 files at most."})
    partly = a_facts(files=FILES[:1], missing=missing)
    assert evaluate(partly).status is Status.UNKNOWN
    unnamed = a_facts(files=(*FILES, a_file("other.py")), missing=missing)
    assert evaluate(unnamed).status is Status.FAILED
