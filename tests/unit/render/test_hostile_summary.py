"""User text can't change the structure of the check run's summary, and the summary never exceeds its size limit."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotfix.facts import People
from hotfix.finding import Location, not_evaluated, passed
from hotfix.render.check_page import LONGEST, check_summary, summary
from hotfix.render.safe_markdown import code, html, text
from hotfix.rules.base import Level
from hotfix.text.escaping import one_line
from hotfix.verdict import RuleResult
from tests.unit.factories import a_facts
from tests.unit.render.shown import GFM, a_failure, a_verdict, an_override, seen, shapes

EVIL = [
    "@everyone <img src=x onerror=alert(1)> </details>",
    "a | b || c \\| d",
    "[click](https://evil.example) ![x](y) <https://evil.example> https://evil.example www.evil.example a@evil.example",
    "fixes #7 GH-7 acme/shop#7",
    "`unclosed ``two` code",
    "```\nfence\n~~~\n# heading\n- list\n1. one\n> quote",
    "# heading",
    "- item",
    "12. item",
    "+ x",
    "===",
    "$x$ $$y$$ ~~z~~ *a* __b__ _c_",
    "<!-- comment",
    "--> </sub> </table>",
    "\u202egnp.exe\u2066\x1b[31m\x00\ud800",
    "a\r\nb\u2028c\x85d",
    "&lt;b&gt; &#64;all &commat;all",
    "x" * 5_000,
    "\\",
    "`|`",
]


def everywhere(words: str) -> str:
    """Return a summary with the words everywhere that user text may appear."""
    finding = a_failure(
        words,
        remediation=words,
        actors=("the author", words),
        details=(words, words),
        locations=(Location(words),),
        suggestion=words,
        commands=(words, words),
    )
    verdict = a_verdict(
        commits=finding,
        title=RuleResult(
            rule="title", level=Level.WARN, finding=a_failure(words, remediation=words, commands=(words, words))
        ),
        size=RuleResult(rule="size", level=Level.BLOCK, finding=finding, override=an_override(reason=words, by=words)),
        branch=passed(words),
        tests=replace(finding, commands=(words[:80],)),
        review=not_evaluated(words),
    )
    facts = a_facts(people=People(tech_leads=frozenset({words})))
    return summary(
        replace(verdict, policy_source=words, note=f"It says: {one_line(words)}\n- {one_line(words)}"), facts=facts
    )


written = st.text(min_size=1, max_size=40) | st.text("`|\\@#<>[]()*_~$&:/.w7-\n !x", min_size=1, max_size=30)


@pytest.mark.parametrize("words", EVIL)
def test_hostile_words_change_nothing_of_the_summary_s_shape(words: str) -> None:
    assert_harmless(words)


@given(written.filter(lambda words: text(words).strip() != ""))
@settings(max_examples=60, deadline=None)
@example("`a`|`")
@example("\\`x`")
def test_no_words_of_a_user_change_the_summary_s_shape(words: str) -> None:
    assert_harmless(words)


def assert_harmless(words: str) -> None:
    markdown = everywhere(words)
    allowed = {
        "<details open>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<sub>",
        "</sub>",
        "<code>",
        "</code>",
    }
    html = {tag for token in GFM.parse(markdown) for tag in tags(token.content) if token.type == "html_block"}
    assert html <= allowed
    assert plain(shapes(markdown)) == shape_of_plain_words()
    assert not re.search(r"@\w|#\d|\bGH-\d|https?://|www\.\w", seen(markdown), re.IGNORECASE)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", markdown)


@cache
def shape_of_plain_words() -> list[str]:
    return plain(shapes(everywhere("x")))


def tags(content: str) -> set[str]:
    return set(re.findall(r"</?[a-zA-Z!][^>]*>?", content))


def plain(found: list[str]) -> list[str]:
    """Remove code and paragraphs: code with a pipe is HTML in a table, and overlong blocks are left out whole."""
    return [
        shape
        for shape in found
        if shape not in ("<code>", "</code>", "fence", "paragraph_open", "paragraph_close", "inline")
    ]


@given(written)
@settings(deadline=None)
def test_code_comes_out_as_it_was_written_even_in_a_table(words: str) -> None:
    row = f"| a | b |\n| --- | --- |\n| {code(words)} | end |\n"
    cells = re.findall(r"<td>(.*?)</td>", GFM.render(row), re.DOTALL)
    assert len(cells) == 2
    assert cells[1] == "end"
    assert unescape(re.sub(r"</?code>", "", cells[0])).strip() == one_line(words)


def test_code_in_the_title_of_a_fold_can_be_copied_as_it_is() -> None:
    assert unescape(html("write `Fixes #7` for @mia & #8")) == ("write <code>Fixes #7</code> for @\u200bmia & #\u200b8")


@given(st.text(max_size=60))
@settings(deadline=None)
def test_words_are_read_as_they_were_written(words: str) -> None:
    shown = unescape(re.sub(r"<[^>]*>", "", GFM.render(text(words)))).replace("\u200b", "")
    assert shown.replace("`", "").split() == one_line(words).replace("`", "").split()


@pytest.mark.parametrize("words", ["x" * 4_000, "<" * 4_000, "💥" * 4_000, "a b " * 1_000, "`|" * 2_000])
@pytest.mark.parametrize("count", [1, 400])
def test_it_never_outgrows_github_s_limit_and_names_each_rule(words: str, count: int) -> None:
    finding = a_failure(
        words, remediation=words, actors=tuple(f"{i}{words}" for i in range(count)), details=(words,) * count,
        commands=(words,) * min(count, 3), suggestion=words * 3,
    )  # fmt: skip
    rules = {f"rule_{i}": finding for i in range(13)}
    shown = summary(a_verdict(**rules), facts=a_facts())
    assert len(shown.encode()) <= LONGEST
    blocks = re.findall(r"^(?:<details(?: open)?><summary>)?❌ (?:<code>|`)(rule-\d+)", shown, re.MULTILINE)
    assert blocks == [f"rule-{i}" for i in range(13)]
    assert "Evaluated at" in shown


def test_a_command_that_is_too_long_is_left_out_whole() -> None:
    long = "git commit -m " + "x" * 9_000
    shown = summary(a_verdict(**{f"rule_{i}": a_failure(commands=(long, long)) for i in range(13)}))
    assert "git commit -m" not in shown
    assert "Too long to show here; `hotfix check` in your clone prints it." in shown


def test_parts_that_do_not_fold_are_squeezed_last() -> None:
    """Each part is called with a squeeze level; each higher level makes it shorter."""

    def part(letter: str) -> check_summary.Part:
        return lambda squeeze: letter * (40_000 // (squeeze + 1))

    first, folds = part("a"), part("b")
    one = check_summary._fitted([first, folds], [folds])
    assert (one.count("a"), one.count("b")) == (40_000, 20_000)
    three = [part(letter) for letter in "acd"]
    many = check_summary._fitted([*three, folds], [folds])
    assert len(many) <= LONGEST
    assert many.count("b") == min(many.count(letter) for letter in "abcd")
    assert many.count("a") <= many.count("d")


def test_details_go_before_the_reasons_do() -> None:
    finding = a_failure("the reason in full words", details=tuple(f"detail {i} " + "y" * 900 for i in range(30)))
    shown = summary(a_verdict(**{f"rule_{i}": finding for i in range(13)}, ok=passed("fine")))
    assert shown.count("</code>: The reason in full words</summary>") == 13
    assert "more; `hotfix check --format json` in your clone lists them" in shown
