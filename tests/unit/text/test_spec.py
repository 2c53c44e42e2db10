"""The minimal spec: template, parsing, missing parts and location."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix import spec
from hotfix.facts import Change
from hotfix.severities import Severity
from hotfix.text import placeholders
from hotfix.text.markdown import LONGEST
from tests.unit.factories import BODY, a_facts, a_file, a_pull, a_spec

REQUIRED = [name for name in spec.SECTIONS if name not in spec.OPTIONAL]
WORDS = st.text(alphabet="abcdefghij klmnop,.é", min_size=1).filter(lambda t: not placeholders.is_nothing(t))


def sections(text: str, *, is_file: bool = True) -> list[str]:
    return [p.section for p in spec.check(spec.parse(text), is_file=is_file)]


@given(WORDS)
def test_a_template_that_is_filled_in_is_complete(words: str) -> None:
    assert spec.check(spec.parse(a_spec(words)), is_file=True) == ()


def test_the_template_lacks_everything_but_the_actions() -> None:
    assert set(sections(spec.template())) == {"title", *spec.SECTIONS} - {"Post-Fix Actions"}


def test_the_template_takes_what_is_known() -> None:
    text = spec.template(title="Login is down", severity=Severity.P1, issue="#7", files=["src/a.py", "my file.txt"])
    parsed = spec.parse(text)
    assert (parsed.title, parsed.severity, parsed.issue) == ("Login is down", Severity.P1, "#7")
    assert [n.path for n in parsed.files] == ["src/a.py", "my file.txt"]


@pytest.mark.parametrize("name", REQUIRED)
def test_each_section_is_missed_when_it_is_gone(name: str) -> None:
    before, _, after = a_spec().partition(f"## {name}")
    text = before + (after[after.index("\n## ") + 1 :] if "\n## " in after else "")
    assert sections(text) == [name]
    (problem,) = spec.check(spec.parse(text), is_file=True)
    assert name in problem.message


@pytest.mark.parametrize("name", [n for n in REQUIRED if n != "Severity"])
@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "-\n",
        "- [ ]\n",
        "<!-- write here -->\n",
        "<!--\nmore\n-->\n",
        "...\n",
        "&nbsp;\n",
        "[x]: https://a\n",
        "[](x)\n",
    ],
)
def test_each_section_is_missed_when_it_is_empty(name: str, content: str) -> None:
    before, _, after = a_spec().partition(f"## {name}\n")
    text = before + f"## {name}\n{content}\n" + (after[after.index("\n## ") + 1 :] if "\n## " in after else "")
    assert sections(text) == [name]


@pytest.mark.parametrize(
    "nothing",
    ["N/A", "- n/a", "none", "None.", "*not applicable*", "?", "_No response_", "unknown", "see above", "wip", "xxx"],
)
def test_a_section_that_says_nothing_is_empty(nothing: str) -> None:
    text = a_spec().partition("## Rollback Plan\n")[0] + f"## Rollback Plan\n{nothing}\n\n## Post-Fix Actions\n- Tell\n"
    (problem,) = spec.check(spec.parse(text), is_file=True)
    assert problem.message.startswith("the section Rollback Plan is empty")
    assert sections(text.replace("## Rollback Plan\n", "## Rollback Plan: ")) == ["Rollback Plan"]
    assert sections(text.replace(nothing, "No way back but the backup")) == []


@pytest.mark.parametrize(
    ("of_the_template", "elsewhere"),
    [
        ("Problem", "Problem statement"),
        ("Minimal Fix", "Minimal fix approach"),
        ("Verification", "Verification steps"),
        ("Rollback Plan", "Rollback"),
    ],
)
def test_a_section_may_have_the_workflows_other_name(of_the_template: str, elsewhere: str) -> None:
    """The workflow has two names for some sections."""
    assert sections(a_spec().replace(f"## {of_the_template}\n", f"## {elsewhere}\n")) == []


@pytest.mark.parametrize("name", [n for n in spec.SECTIONS if n not in ("Severity", "Post-Fix Actions")])
def test_a_section_with_the_templates_text_is_not_filled(name: str) -> None:
    before, _, after = a_spec().partition(f"## {name}\n")
    text = before + f"## {name}\n{spec.SECTIONS[name]}" + after[after.index("\n## ") :]
    assert set(sections(text)) == {name}


def test_the_root_cause_may_be_skipped() -> None:
    assert sections(a_spec().replace("## Root Cause\nIt is broken\n", "")) == []
    assert sections(a_spec().replace("## Root Cause\nIt is broken\n", "## Root Cause\n")) == []


def test_only_a_file_needs_the_title() -> None:
    text = a_spec().partition("\n")[2]
    assert sections(text) == ["title"]
    assert sections(text, is_file=False) == []


@pytest.mark.parametrize(
    "left",
    [
        "[what]",
        "TODO",
        "TBD",
        "tbd",
        "&lt;describe the fix&gt;",
        "<describe the fix>",
        "to be defined",
        "[specific change]",
    ],
)
def test_a_placeholder_that_is_left_is_found(left: str) -> None:
    assert sections(a_spec().replace("## Minimal Fix\nIt is broken", f"## Minimal Fix\nIt is {left}")) == [
        "Minimal Fix"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "see [the log](https://example.com/log)",
        "see [the log][1]",
        "![a chart](chart.png)",
        "- [ ] an open box",
        "- [x] a ticked box",
        "`items[index]` and `<div>` and `TODO`",
        "items[index] is read",
        "p99 < 200 ms and error rate > 5",
        "<details><summary>more</summary> words </details>",
        "<https://example.com> and <ops@example.com>",
        "[CVE-2026-1234] and [OPS-12] and [#7] and [1]",
        "list<string> is a type",
        "pages/[id].tsx and app/[slug]/page.tsx",
        "src/TODO.md is written",
        "a footnote[^note]",
        "```\n[not one] TODO <nor this>\n```",
    ],
)
def test_links_boxes_code_and_html_are_not_placeholders(text: str) -> None:
    assert sections(a_spec().replace("## Minimal Fix\nIt is broken", f"## Minimal Fix\n{text}")) == []


def test_a_reference_link_is_not_a_placeholder() -> None:
    text = a_spec().replace(
        "## Minimal Fix\nIt is broken", "## Minimal Fix\nSee [the log].\n\n[the log]: https://e.com"
    )
    assert sections(text) == []


def test_own_words_in_the_templates_brackets_are_named() -> None:
    """The message asks the author to remove the brackets."""
    (problem,) = spec.check(spec.parse(a_spec().replace("30 %", "[30 % of all]")), is_file=True)
    assert problem.message.endswith(
        "placeholder [30 % of all]; fill it in, or remove the brackets if that is your text"
    )


def test_an_empty_impact_line_is_found() -> None:
    assert sections(a_spec().replace("- Duration: 20 minutes", "- Duration:")) == ["Impact"]


@pytest.mark.parametrize(
    "text", ["P0/P1", "P0 or P1", "urgent", "none", "not P0", "lower than P0", "P0.5", "P0?", "TBD (P0?)", "maybe P0"]
)
def test_a_severity_must_be_one(text: str) -> None:
    assert sections(a_spec().replace("## Severity: P0", f"## Severity: {text}")) == ["Severity"]


@pytest.mark.parametrize(
    "text",
    [
        "## Severity: P0\n\n## Severity: P2",
        "## Severity: P0\n\nSeverity: P2",
        "## Severity\nP0\nP2",
        "## Severity\n- P0\n- P2",
    ],
)
def test_two_severities_of_one_spec_contradict(text: str) -> None:
    parsed = spec.parse(a_spec().replace("## Severity: P0", text))
    assert [declared.severity for declared in parsed.declared] == [Severity.P0, Severity.P2]
    assert parsed.severity is None


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("## Severity: P0", Severity.P0),
        ("## **Severity:** P1", Severity.P1),
        ("### severity\n\nHIGH (P1)", Severity.P1),
        ("## Severity\n- [ ] P0\n- [x] P1", Severity.P1),
        ("**Severity**: P0", Severity.P0),
        ("- Severity: P2", Severity.P2),
        ("## Severity: CRITICAL", Severity.P0),
        ("## Severity: P1 - high error rate", Severity.P1),
    ],
)
def test_a_severity_is_read_as_people_write_it(text: str, severity: Severity) -> None:
    assert spec.parse(a_spec().replace("## Severity: P0", text)).severity is severity


def test_headings_in_code_and_comments_do_not_count() -> None:
    text = "```\n## Severity: P0\n```\n<!--\n## Severity: P1\n-->\n~~~sh\n# HOTFIX: no\n~~~\n"
    parsed = spec.parse(text)
    assert (parsed.severity, parsed.sections, parsed.title_line) == (None, {}, 0)


def test_headings_may_be_numbered_nested_and_in_any_case() -> None:
    text = a_spec().replace("## Problem", "## 1. PROBLEM:").replace("## Minimal Fix", "### minimal fix ##")
    assert sections(text) == []


def test_a_heading_of_ones_own_ends_a_section() -> None:
    assert sections(a_spec().replace("## Problem\n", "## Problem\n## Notes\n")) == ["Problem"]
    assert sections(a_spec().replace("## Problem\n", "## Problem\n### What\n")) == []


def test_a_byte_order_mark_hides_no_title() -> None:
    assert spec.parse("\ufeff" + a_spec()).title == "It is broken"


@pytest.mark.parametrize("heading", ["Severity P0", "Severity - P0", "severity CRITICAL", "**Severity** P0"])
def test_a_severity_needs_no_colon(heading: str) -> None:
    parsed = spec.parse(a_spec().replace("Severity: P0", heading))
    assert parsed.severity is Severity.P0
    assert spec.check(parsed, is_file=True) == ()


def test_the_branchs_file_comes_before_the_body() -> None:
    """If the file exists, it is the spec instead of the pull request's body."""
    file = a_file("specs/hotfix-x.md", change=Change.ADDED, after=a_spec())
    found = spec.find(a_facts(files=(file,)))
    assert found is not None
    source, parsed = found
    assert (source, parsed.title) == ("specs/hotfix-x.md", "It is broken")


def test_an_added_spec_is_read_from_its_patch() -> None:
    lines = a_spec().split("\n")
    patch = "@@ -0,0 +1,3 @@\n" + "\n".join("+" + line for line in lines)
    file = a_file("specs/hotfix-x.md", change=Change.ADDED, patch=patch, additions=len(lines))
    found = spec.find(a_facts(files=(file,)))
    assert found is not None
    assert spec.check(found.spec, is_file=True) == ()


def test_a_removed_spec_is_not_the_branchs() -> None:
    found = spec.find(a_facts(files=(a_file("specs/hotfix-x.md", change=Change.REMOVED),)))
    assert found is not None
    assert found.source == ""


def test_a_clone_without_a_spec_file_has_none() -> None:
    assert spec.find(a_facts(pull=None)) is None


def test_another_path_can_hold_the_spec() -> None:
    files = (a_file("docs/fix.md", change=Change.ADDED, after=a_spec()),)
    found = spec.find(a_facts(files=files, spec_path="docs/*.md"))
    assert found is not None
    assert found.source == "docs/fix.md"


@pytest.mark.parametrize(
    ("branch", "glob", "path"),
    [
        ("hotfix/expired-sessions", "specs/hotfix-*.md", "specs/hotfix-expired-sessions.md"),
        ("hotfix/a/b c", "specs/hotfix-*.md", "specs/hotfix-a-b-c.md"),
        ("../../etc", "specs/hotfix-*.md", "specs/hotfix-etc.md"),
        ("hotfix/x", "docs/**/*.md", "docs/x.md"),
    ],
)
def test_a_branchs_spec_has_its_name(branch: str, glob: str, path: str) -> None:
    assert spec.file_name(branch, glob) == path


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        ("30 %", 30.0),
        ("2.5% of users", 2.5),
        ("1-3 %", 3.0),
        ("40 percent", 40.0),
        ("３％", 3.0),
        ("4 pct", 4.0),
        ("4 per cent", 4.0),
        ("3 of 1,000", 0.3),
        ("about 1 in 50 customers", 2.0),
        ("7 out of 10", 70.0),
        ("none", 0.0),
        ("0", 0.0),
        ("~~100 %~~ 3 %", 3.0),
    ],
)
def test_the_share_of_users_is_read(said: str, percent: float) -> None:
    share = spec.parse(a_spec().replace("30 %", said)).users_percent
    assert share is not None
    assert share[0] == percent


def test_less_than_a_share_is_less() -> None:
    share = spec.parse(a_spec().replace("30 %", "< 5%")).users_percent
    assert share is not None
    assert 4.9 < share[0] < 5


def test_a_share_of_users_may_stand_in_a_sentence() -> None:
    def share(impact: str) -> float | None:
        found = spec.parse(f"## Problem\n1 % of users\n\n## Impact\n{impact}\n").users_percent
        return found and found[0]

    assert share("About 2 % of our customers can't pay.") == 2
    assert share("- Users affected - 12 %") == 12
    assert share("- Users affected: all\n- Revenue impact: 2 % of customers leave") is None
    assert share("Error rate: 2 %") is None


def test_a_body_as_the_workflow_shows_is_a_spec() -> None:
    assert sections(BODY, is_file=False) == []
    assert spec.find(a_facts(pull=a_pull())) is not None


@given(st.text(alphabet=" -*#:\n[]()<>`~!HOTFIXseverityP01/.\t\r|%&\\", max_size=3000))
def test_any_text_can_be_read(text: str) -> None:
    parsed = spec.parse(text)
    spec.check(parsed, is_file=True)
    spec.compare(parsed, [a_file()])
    parsed.fixes("acme/shop")
    parsed.labelled("severity")
    assert parsed.users_percent is None or parsed.users_percent[0] >= -1


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "`",
        "<",
        "<!--",
        "fixes ",
        "fixes #1, ",
        "# ",
        "- a - ",
        "*",
        " ",
        "a/",
        "x: ",
        "-> ",
        "[a](",
        "TODO",
        "\n- **",
        "\n| ",
        "|-",
        "-",
        ".a",
        "a\\",
        " and a",
        "1 % ",
    ],
)
def test_a_long_text_is_read_at_once(unit: str) -> None:
    text = "## Files to Change\n- " + unit * 20_000 + "\n## Impact\n- Users affected: " + unit * 20_000
    parsed = spec.parse(text)
    spec.check(parsed, is_file=True)
    spec.compare(parsed, [a_file()])
    parsed.fixes("acme/shop")
    assert parsed.users_percent is None or unit == "1 % "


def test_what_is_not_read_of_a_spec_is_not_kept() -> None:
    """The service keeps the last ones parsed."""
    long = spec.parse("a" * LONGEST + "bc")
    assert long is spec.parse("a" * LONGEST + "bd")
    assert long.length == LONGEST + 2
    assert spec.parse("\ufeff# HOTFIX: a" + " " * LONGEST).title == "a"
