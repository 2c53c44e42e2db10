"""Untrusted text can't inject anything into outputs, summary or workflow commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from action.runner.command_errors import CommandFailed
from action.runner.report import RunReport, one_line
from hotfix.render.workflow_commands import command
from hotfix.text.escaping import printable
from tests.action.runner import assignments, unescaped

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(values=st.dictionaries(st.sampled_from(["tag", "sha", "state", "reason"]), LINES))
def test_any_output_comes_back_as_it_was(tmp_path: Path, values: dict[str, str]) -> None:
    output = tmp_path / "output"
    output.write_text("")
    report = RunReport("tag")
    report.outputs.update(values)
    report.write(output, None)
    written = assignments(output.read_text())
    assert {name: written[name] for name in values} == values


def test_a_fact_that_is_set_again_replaces_the_first() -> None:
    report = RunReport("tag")
    for name, value in (("Environment", "staging"), ("Version", "v1"), ("Environment", "production")):
        report.fact(name, value)
    assert report.facts == [("Version", "v1"), ("Environment", "production")]


@given(LINES)
def test_a_workflow_command_is_one_line_that_says_the_whole_text(text: str) -> None:
    line = command("error", text, title="a: b, c")
    assert "\n" not in line
    assert unescaped(line.partition("::")[2].partition("::")[2]) == printable(text)


@given(st.text())
def test_a_line_of_the_log_is_never_a_workflow_command(text: str) -> None:
    line = one_line(text)
    assert not line.startswith("::")
    assert "\n" not in line


@pytest.mark.parametrize("text", ["##[stop-commands]y", "Rolling back to x ##[error]y", "###[group]", "\x0b::error::x"])
def test_a_line_of_the_log_is_no_command_of_either_syntax(text: str) -> None:
    """The runner interprets the older syntax, `##[command]`, anywhere in a line."""
    line = one_line(text)
    assert "##[" not in line
    assert not line.strip().startswith("::")


def test_the_summary_runs_no_markup_and_mentions_nobody() -> None:
    report = RunReport("deploy")
    report.log("@everyone <script>alert(1)</script> | broken | table")
    report.fail(CommandFailed("#42 @lead `code` [link](https://example.com)"))
    text = report.markdown()
    assert "<script>" not in text
    assert "@everyone" not in text
    assert "@lead" not in text
    assert "](https" not in text


def test_a_summary_stays_below_what_github_takes() -> None:
    report = RunReport("deploy")
    report.details = ["x" * 2_000_000]
    assert len(report.markdown().encode()) < 1 << 20


def test_one_line_names_the_input_that_is_to_blame(capsys: object) -> None:
    report = RunReport("deploy")
    report.fail(CommandFailed("It failed.", "Fix it.", about="run"))
    assert (report.state, report.reason) == ("failure", "It failed. Fix it.")


def test_outputs_distinguish_numbers_and_booleans() -> None:
    report = RunReport("monitor", dry_run=False)
    for value, written in ((0, "0"), (1, "1"), (True, "true"), (False, "false"), (None, "")):
        report.output("samples", value)
        assert report.outputs["samples"] == written
