"""`hotfix policy`."""

from __future__ import annotations

import json

from hotfix.policy import schema
from tests.cli.conftest import Clone


def test_validate_says_every_mistake_as_editors_and_compilers_do(clone: Clone) -> None:
    clone.write("draft.yml", "labels: x\nrules: {size: of}\n")
    shown = clone.hotfix("policy", "validate", "draft.yml")
    assert shown.status == 1
    assert shown.out.splitlines() == [
        "draft.yml:1:1: labels: unknown key; did you mean `label`?",
        "draft.yml:2:15: rules.size: must be block, warn or off, not `of`",
    ]


def test_validate_takes_the_clone_s_policy_from_anywhere_in_it(clone: Clone) -> None:
    clone.write(".github/hotfix.yml", "rules: {size: warn}\n")
    below = Clone(clone.path / "src", clone.environment)
    assert below.hotfix("policy", "validate").out == ".github/hotfix.yml: the policy is valid.\n"


def test_validate_reads_stdin(clone: Clone) -> None:
    assert clone.hotfix("policy", "validate", "-", stdin="label: [").out.startswith("stdin:1:9: not valid YAML")


def test_no_policy_is_valid_but_a_named_file_must_exist(clone: Clone) -> None:
    shown = clone.hotfix("policy", "validate")
    assert (shown.status, shown.out) == (0, "There is no .github/hotfix.yml here: the defaults apply.\n")
    assert "every setting has a default" in clone.hotfix("policy", "validate", "draft.yml").sentence()


def test_a_policy_s_words_move_no_cursor(clone: Clone) -> None:
    shown = clone.hotfix("policy", "validate", "-", stdin='"\\e[2J\\u202e": x\n')
    assert shown.status == 1
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out


def test_schema_prints_the_schema(clone: Clone) -> None:
    assert json.loads(clone.hotfix("policy", "schema").out) == schema()


def test_explain_shows_each_setting_and_marks_changed_ones(clone: Clone) -> None:
    shown = clone.hotfix("policy", "explain", "--all").out
    assert "  sla.P0: [1h, 4h]\n" in shown
    assert shown.endswith("the built-in defaults: 0 of the settings differ from their defaults.\n")
    clone.write(".github/hotfix.yml", "sla: {P0: 2h}\n")
    shown = clone.hotfix("policy", "explain", "--all").out
    assert "* sla.P0: [2h]\n" in shown
    assert "(default: [1h, 4h])" in shown
    assert shown.endswith(".github/hotfix.yml: 1 of the settings differs from its default (marked *).\n")


def test_explain_shows_a_list_that_the_policy_empties(clone: Clone) -> None:
    """It is set: unlike a list that nobody set, it has a default that no longer applies."""
    clone.write(".github/hotfix.yml", "rules: {scope: {infrastructure: []}}\n")
    assert "\n* scope            block, infrastructure: []\n" in clone.hotfix("policy", "explain").out
    assert "\n* rules.scope.infrastructure: []\n" in clone.hotfix("policy", "explain", "scope").out


def test_explain_shows_an_overview_on_one_screen(clone: Clone) -> None:
    """It has a line per rule and section, and every setting that the file changes."""
    lines = clone.hotfix("policy", "explain").out.splitlines()
    assert len(lines) <= 40
    assert "  branch           block" in lines
    assert "  sla              How long a fix may take, by severity; shown, never a failure" in lines
    clone.write(".github/hotfix.yml", "sla: {P0: 2h}\nrules: {branch: warn, size: {max_lines: 60}}\n")
    lines = clone.hotfix("policy", "explain").out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == [
        "branch", "size", "sla", "rules.branch.level:", "rules.size.max_lines:", "sla.P0:",
    ]  # fmt: skip
    assert "* size             block, max_lines: 60, max_files: 10, max_uncounted_lines: ..." in lines
    assert "* sla.P0: [2h] (default: [1h, 4h])" in lines
    assert max(map(len, lines)) <= 80
    assert lines[-1] == ".github/hotfix.yml: 3 of the settings differ from their defaults (marked *)."


def test_explain_of_a_setting_shows_it_alone(clone: Clone) -> None:
    shown = clone.hotfix("policy", "explain", "size.max_lines").out
    assert "  rules.size.max_lines: 100\n" in shown
    assert "max_files:" not in shown
    assert clone.hotfix("policy", "explain", "label").out.startswith("  label: hotfix\n")


def test_explain_of_a_rule_begins_with_its_heading(clone: Clone) -> None:
    assert clone.hotfix("policy", "explain", "size").out.startswith("rules.size: passes when ")


def test_explain_refuses_a_broken_policy(clone: Clone) -> None:
    shown = clone.hotfix("policy", "explain", "-", stdin="labels: x")
    assert (shown.status, shown.out) == (1, "")
    assert "stdin:1:1: labels" in shown.err


def test_explain_shows_one_rule_and_groups_globs_by_purpose(clone: Clone) -> None:
    shown = clone.hotfix("policy", "explain", "scope")
    assert "\n    Kubernetes: k8s/, " in shown.out
    assert "rules.size" not in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    clone.write("strict.yml", "rules: {size: {max_lines: 7}}\n")
    assert "* rules.size.max_lines: 7" in clone.hotfix("policy", "explain", "size", "--policy", "strict.yml").out
    assert "people.tech_leads" in clone.hotfix("policy", "explain", "people").out
    assert "there is no rule, section or file sise; did you mean size? The rules are severity, " in (
        clone.hotfix("policy", "explain", "sise").sentence()
    )
    assert clone.hotfix("policy", "explain", "sise").sentence().endswith(", playbooks, follow_ups, post_mortem.")
