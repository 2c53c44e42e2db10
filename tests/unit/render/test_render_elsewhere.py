"""Verdicts as annotations on changed lines, in a workflow's log, as JSON and in a terminal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hotfix.facts import Override
from hotfix.finding import Finding, Location, Status, not_evaluated, passed
from hotfix.policy import PolicyError, load
from hotfix.render.check_annotations import Weight, policy_annotations
from hotfix.render.check_annotations import annotations as annotations_of
from hotfix.render.check_page.check_summary import summary
from hotfix.render.json_output import as_json
from hotfix.render.terminal import terminal, without_style
from hotfix.render.workflow_commands import command, github_commands
from hotfix.rules import commits
from hotfix.rules.base import Level
from hotfix.text.escaping import one_line, printable, shortened
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind
from tests.unit.factories import HEAD_SHA, NOW, PUSH, a_commit, a_facts
from tests.unit.render.shown import verdict_of

FAILED = Finding(
    status=Status.FAILED,
    message="204 changed lines, 100 are allowed",
    remediation="leave out what the fix does not need",
    commands=("git diff --stat v1.2.3... -- 'a very long path that would not fit on any line of eighty columns.py'",),
    actors=("the author",),
    locations=(Location("src/a.py", 3, "too much", 9), Location("src/b.py")),
    details=("src/a.py: +200 -4",),
)
ADVISED = Finding(
    status=Status.FAILED, message="no test changed", remediation="add one", locations=(Location("src/a.py", 1),)
)
WAITING = Finding(
    status=Status.PENDING, message="lead has not approved yet", remediation="approve it", actors=("lead",)
)
OVERRIDE = Override(rule="spec", by="lead", reason="no time", at=NOW, sha=HEAD_SHA)


def block(rule: str, finding: Finding) -> RuleResult:
    return RuleResult(rule=rule, level=Level.BLOCK, finding=finding)


VERDICT = verdict_of(
    RuleResult(rule="tests", level=Level.WARN, finding=ADVISED),
    block("size", FAILED),
    RuleResult(rule="spec", level=Level.BLOCK, finding=ADVISED, override=OVERRIDE),
    block("branch", passed("cut from v1.2.3")),
    block("title", not_evaluated("only GitHub knows")),
    block("review", WAITING),
)


def test_the_push_is_printed_on_short_lines() -> None:
    finding = replace(FAILED, commands=(PUSH,), details=())
    lines = without_style(verdict_of(block("commits", finding))).splitlines()
    branch = "hotfix/expired-sessions"
    at = lines.index(f"    git fetch origin {branch}")
    assert lines[at + 1] == f'    git push --force-with-lease={branch}:"$(git merge-base \\'
    assert lines[at + 2] == f'      FETCH_HEAD $(git reflog --format=%H {branch}))" origin {branch}'
    assert max(map(len, lines)) <= 100


def test_annotations_stand_on_their_lines_failures_first() -> None:
    found = [(a.path, a.start_line, a.end_line, a.annotation_level.value, a.title) for a in annotations_of(VERDICT)]
    assert found == [
        ("src/a.py", 3, 9, "failure", "hotfix: size"),
        ("src/b.py", 1, 1, "failure", "hotfix: size"),
        ("src/a.py", 1, 1, "warning", "hotfix: tests"),
        ("src/a.py", 1, 1, "notice", "hotfix: spec"),
    ]
    assert annotations_of(VERDICT)[0].message == "too much\nleave out what the fix does not need"
    assert json.loads(json.dumps(annotations_of(VERDICT)[0].as_dict())) == {
        "path": "src/a.py",
        "start_line": 3,
        "end_line": 9,
        "annotation_level": "failure",
        "title": "hotfix: size",
        "message": "too much\nleave out what the fix does not need",
    }


def test_a_broken_policy_is_annotated_on_its_own_lines() -> None:
    with pytest.raises(PolicyError) as caught:
        load("label: hotfix\nsizes: 3\n", "x")
    (found,) = policy_annotations(caught.value)
    assert (found.path, found.start_line, found.annotation_level) == (".github/hotfix.yml", 2, Weight.FAILURE)
    assert found.message.startswith("sizes: unknown key")


def test_workflow_commands_name_the_file_the_line_and_the_rule() -> None:
    assert github_commands(VERDICT) == [
        "::warning title=hotfix%3A review::lead has not approved yet%0Aapprove it",
        "::error file=src/a.py,line=3,endLine=9,title=hotfix%3A size::too much%0Aleave out what the fix does not need",
        "::error file=src/b.py,line=1,endLine=1,title=hotfix%3A size::204 changed lines, 100 are allowed"
        "%0Aleave out what the fix does not need",
        "::warning file=src/a.py,line=1,endLine=1,title=hotfix%3A tests::no test changed%0Aadd one",
        "::notice file=src/a.py,line=1,endLine=1,title=hotfix%3A spec::no test changed%0Aadd one",
        "::notice title=hotfix%3A not evaluated::Only GitHub has the facts for: title",
    ]


def test_a_broken_policy_is_an_error_in_a_workflow() -> None:
    broken = Verdict(
        kind=VerdictKind.BROKEN_POLICY,
        conclusion=Conclusion.FAIL,
        head_sha=HEAD_SHA,
        at=NOW,
        note="p.yml:1:1: wrong\np.yml:2:1: x",
    )
    assert github_commands(broken) == ["::error title=hotfix::p.yml:1:1: wrong%0Ap.yml:2:1: x"]


@given(st.text(max_size=60), st.text("%:,\n\r", max_size=12))
def test_a_workflow_command_is_one_line(message: str, path: str) -> None:
    """The escaped message and path can be decoded again."""
    line = command("error", message, file=path, line="3")
    assert not re.search(r"[\r\n\u2028\u0085]", line)
    properties, _, data = line.removeprefix("::error").partition("::")
    assert undo(data) == printable(message)
    if path:
        shown = properties.strip().split(",")[0].removeprefix("file=").replace("%3A", ":").replace("%2C", ",")
        assert undo(shown) == path


def undo(escaped: str) -> str:
    return escaped.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_json_says_everything_under_a_version() -> None:
    found = json.loads(json.dumps(as_json(VERDICT)))
    assert {key: found[key] for key in found if key != "findings"} == {
        "version": 2,
        "kind": "hotfix",
        "conclusion": "fail",
        "title": "1 of 6 rules fails: size",
        "head_sha": HEAD_SHA,
        "evaluated_at": "2026-03-01T03:12:00+00:00",
        "policy": "built-in defaults",
        "production": {"tag": "v1.2.3", "sha": "1" * 40, "known_from": "deployment", "shipped_as": "", "ended": None},
        "pull": None,
        "note": "",
        "failed_rules": ["size"],
        "actors": {"the author": ["size"]},
    }
    tests, size, spec, *_ = found["findings"]
    assert (size["status"], size["level"], size["counts"]) == ("failed", "block", True)
    assert size["locations"][0] == {"path": "src/a.py", "line": 3, "end_line": 9, "message": "too much"}
    assert size["locations"][1]["line"] is None
    assert size["commands"] == list(FAILED.commands)
    assert tests["counts"] is False
    assert spec["override"]["reason"] == "no time"


def in_terminal(verdict: Verdict, *, width: int = 80, colour: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="\n")
    console = Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None)
    terminal(verdict, console, where="hotfix/x")
    out.flush()
    return raw.getvalue().decode(encoding)


def test_a_terminal_shows_details_first_and_the_verdict_last() -> None:
    assert in_terminal(VERDICT).split("\n") == [
        "hotfix/x at 222222222222, production is v1.2.3",
        "policy: built-in defaults",
        "",
        "✗ size: 204 changed lines, 100 are allowed",
        "    src/a.py: +200 -4",
        "  Fix: Leave out what the fix does not need",
        f"    {FAILED.commands[0]}",
        "",
        "… review: lead has not approved yet",
        "  Next: Approve it",
        "",
        "! tests (warning): No test changed",
        "  Fix: Add one",
        "",
        "spec was overridden by lead: no time",
        "",
        "✓ 1 rule passes: branch",
        "- not evaluated here, only GitHub has the facts: title",
        "",
        "✗ This hotfix fails: 1 of 6 rules fails: size.",
        "",
    ]


def test_the_last_line_names_the_next_command_and_fits() -> None:
    next_command = "hotfix check --fix " + "x" * 30
    last = without_style(VERDICT, next_command=next_command).splitlines()[-1]
    assert last == f"✗ This hotfix fails. Next: {next_command}"
    assert len(last) <= 80


@pytest.mark.parametrize("verbose", [True, False])
def test_a_long_next_command_has_the_last_line_for_itself(verbose: bool) -> None:
    next_command = "git remote add origin " + "x" * 70
    lines = without_style(VERDICT, next_command=next_command, verbose=verbose).splitlines()
    assert lines[-2:] == ["✗ This hotfix fails: 1 of 6 rules fails: size.", f"Next: {next_command}"]


def test_details_that_the_message_contains_are_not_repeated() -> None:
    """Unlike those of another commit."""
    mine = replace(FAILED, message="In commit 1a2b3c4, it is empty", details=("1a2b3c4 “wip”: it is empty",))
    assert "wip" not in without_style(verdict_of(block("commits", mine)))
    both = replace(mine, details=(*mine.details, "5d6e7f8 “more wip”: it is empty"))
    assert without_style(verdict_of(block("commits", both))).count("it is empty") == 2
    other = replace(mine, message="app/src/a.py, b.py and 1 more are moved", details=("src/a.py: moved", "b.py: moved"))
    shown = without_style(verdict_of(block("scope", other)))
    assert "    src/a.py: moved\n" in shown
    assert "b.py: moved" not in shown


@pytest.mark.parametrize("shown_by", [summary, without_style])
def test_each_problem_of_a_finding_is_shown_once(shown_by: Callable[[Verdict], str]) -> None:
    """The message contains the first three and counts the others, which the details list."""
    finding = commits.RULE.check(a_facts(commits=(a_commit(message="wip"),)), commits.RULE.options())
    assert "and 3 more" in finding.message
    shown = " ".join(shown_by(verdict_of(block("commits", finding))).replace("`", "").replace("\\", "").split())
    assert len(finding.details) == 6
    for line in finding.details:
        said = line.partition(": ")[2].replace("`", "").rstrip(" :")
        assert shown.count(said) == 1, said


def test_a_single_hidden_detail_is_shown() -> None:
    """It takes the line that would count it."""
    details = tuple(f"line {n}" for n in range(21))
    shown = without_style(verdict_of(block("size", replace(FAILED, details=details))), verbose=False)
    assert "    line 20\n" in shown
    assert "more" not in shown
    shown = without_style(verdict_of(block("size", replace(FAILED, details=(*details, "one more")))), verbose=False)
    assert "    ... and 2 more (--verbose)\n" in shown


def test_the_lines_of_a_hidden_list_are_not_called_more() -> None:
    """The message has just counted how many more problems it does not name; that is another number."""
    message = "a; b; c; and 9 more"
    many = [block(f"rule-{n}", replace(FAILED, message=message, details=("a", "1", "2", "3"))) for n in range(7)]
    shown = without_style(verdict_of(*many), verbose=False)
    assert shown.count("    ... 3 lines (--verbose)\n") == 7


def test_verbose_is_named_only_if_it_lists_more() -> None:
    """A rule lists a limited number of details, and counts the others."""
    capped = verdict_of(block("branch", replace(FAILED, details=("a", "b"), more_details=30)))
    for verbose in (False, True):
        assert "    ... and 30 more\n" in without_style(capped, verbose=verbose)


def test_a_shortened_message_ends_between_words() -> None:
    long = replace(FAILED, message=" ".join(["unbreakable"] * 12))
    shown = without_style(verdict_of(*(block(f"rule-{n}", long) for n in range(30))), verbose=False)
    cut = [line.removesuffix(" ...") for line in shown.splitlines() if line.endswith(" ...")]
    assert cut
    assert {line.rpartition(" ")[2] for line in cut} == {"unbreakable"}


def test_a_branch_never_pushed_is_pushed_by_submit() -> None:
    first = "git push --force-with-lease --force-if-includes origin hotfix/x"
    finding = replace(FAILED, commands=("git commit --amend", first))
    shown = without_style(verdict_of(block("size", finding), block("commits", finding)))
    assert shown.count("hotfix submit") == 1
    assert "Then push:\n    hotfix submit\n" in shown
    assert "git push" not in shown


def test_at_most_forty_lines_unless_verbose() -> None:
    long = replace(FAILED, details=("detail",) * 60, suggestion="a line\n" * 60)
    verdict = verdict_of(*(block(f"rule-{n}", long) for n in range(13)))
    lines = without_style(verdict, verbose=False, next_command="hotfix check --fix").splitlines()
    assert len(lines) <= 40
    assert [f"rule-{n}" for n in range(13) if not any(f"rule-{n}: " in line for line in lines)] == []
    assert lines[-1] == "✗ This hotfix fails: 13 of 13 rules fail. Next: hotfix check --fix"
    assert len(without_style(verdict).splitlines()) > 1_000


def test_a_pipe_gets_what_a_terminal_gets_without_colours() -> None:
    assert without_style(VERDICT, where="hotfix/x") + "\n" == in_terminal(VERDICT)
    assert "\x1b" not in without_style(VERDICT)
    assert "\x1b[1;31m" in in_terminal(VERDICT, colour=True)


def test_an_ascii_terminal_gets_marks_it_can_show() -> None:
    shown = in_terminal(VERDICT, encoding="ascii")
    assert "x size: 204 changed lines" in shown
    assert "?" not in shown


@pytest.mark.parametrize("width", [30, 80, 200])
def test_sentences_are_wrapped_and_commands_are_not(width: int) -> None:
    long = replace(FAILED, message="many words " * 30, details=("more words " * 20,))
    lines = in_terminal(verdict_of(block("size", long)), width=width).split("\n")
    assert f"    {FAILED.commands[0]}" in lines
    others = [line for line in lines if "git diff" not in line]
    assert max(map(len, others)) <= min(max(width, 46), 100)


def test_words_of_users_style_nothing_in_a_terminal() -> None:
    evil = "[bold red]x[/] \x1b[2J\x1b]0;title\x07 \u202eabc [link=https://evil.example]y[/link] :smile:"
    finding = replace(
        FAILED,
        message=evil,
        remediation=evil,
        actors=(evil,),
        details=(evil,),
        commands=(evil,),
        suggestion=f"{evil}\n{evil}",
    )
    shown = in_terminal(replace(verdict_of(block("size", finding)), note=evil, policy_source=evil), width=200)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("[bold red]x[/]") == 8
    assert ":smile:" in shown


@given(st.text())
def test_printable_text_has_no_character_that_acts(words: str) -> None:
    shown = printable(words)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]", shown
    )
    assert printable(shown) == shown
    assert "\n" not in one_line(words)
    shown.encode()


def test_text_is_shortened_with_a_mark() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"


def test_a_passes_title_names_warnings_and_overrides() -> None:
    good, warned = block("size", passed("small")), RuleResult(rule="tests", level=Level.WARN, finding=ADVISED)
    aside = RuleResult(rule="spec", level=Level.BLOCK, finding=FAILED, override=OVERRIDE)
    here = block("review", not_evaluated("only GitHub knows"))

    assert verdict_of(good).title == "All 1 rules pass"
    assert verdict_of(good, warned, aside).title == "1 of 3 rules pass; warning: tests; overridden: spec"
    assert verdict_of(good, here).title == "Every rule that applies in a clone passes"
    assert verdict_of(good, warned, here).title == (
        "Every blocking rule that applies in a clone passes; warning: tests"
    )


@pytest.mark.parametrize(
    ("kind", "last", "advice"),
    [
        (VerdictKind.NOT_A_HOTFIX, "✓ Not a hotfix.", "The label urgent fix makes a pull request a hotfix."),
        (
            VerdictKind.MISSING_LABEL,
            "✗ This hotfix fails: a hotfix branch without the label urgent fix.",
            "    gh pr edit 42 --add-label 'urgent fix'",
        ),
        (VerdictKind.BROKEN_POLICY, "✗ This hotfix fails: the policy has errors.", "    hotfix policy validate"),
    ],
)
def test_a_terminal_says_what_to_do_if_no_rule_was_asked(kind: VerdictKind, last: str, advice: str) -> None:
    conclusion = Conclusion.PASS if kind is VerdictKind.NOT_A_HOTFIX else Conclusion.FAIL
    verdict = Verdict(kind=kind, conclusion=conclusion, head_sha=HEAD_SHA, at=NOW, pull=42, label="urgent fix")
    lines = without_style(verdict, where="acme/shop#42").splitlines()
    assert lines[-1] == last
    assert advice in lines


def test_a_list_that_a_rule_has_cut_is_counted_whole() -> None:
    long = replace(FAILED, details=tuple(f"line {n}" for n in range(100)), more_details=1_900)

    assert "    ... and 1,980 more (--verbose)" in without_style(verdict_of(block("size", long)), verbose=False)
