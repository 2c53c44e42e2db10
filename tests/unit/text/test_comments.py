"""Which lines of a comment are commands."""

from __future__ import annotations

import pytest

from hotfix.text.comment_commands import commands_in
from tests.unit.growth import assert_linear


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("/hotfix recheck", ("recheck",)),
        ("/hotfix", ("",)),
        ("Thanks!\n  /Hotfix recheck  \nbye", ("recheck",)),
        ("/hotfix override size **big**, see `a.py` and https://example.com", None),
        ("<div></div>\n\n/hotfix recheck", ("recheck",)),
        ("a < b > c\n\n/hotfix recheck", ("recheck",)),
        ("/hotfix recheck <!-- a note -->", ("recheck",)),
    ],
)
def test_a_line_of_a_top_level_paragraph_is_a_command(text: str, commands: tuple[str, ...] | None) -> None:
    if commands is None:
        commands = ("override size big, see `a.py` and https://example.com",)
    assert commands_in(text) == commands


@pytest.mark.parametrize(
    "text",
    [
        "> /hotfix recheck",
        "> a quote continues\n/hotfix recheck",
        "```\n/hotfix recheck\n```",
        "~~~\n/hotfix recheck",
        "````\n```\n/hotfix recheck\n````",
        "    /hotfix recheck",
        "`a\n/hotfix recheck\nb`",
        "- /hotfix recheck",
        "1. a\n/hotfix recheck",
        "# /hotfix recheck",
        "/hotfix recheck\n===",
        "| a |\n|---|\n| /hotfix recheck |",
        "<!-- \n/hotfix recheck\n-->",
        "text <!--\n/hotfix recheck\n-->",
        "<div>\n/hotfix recheck\n</div>",
        "<div hidden>\n\n/hotfix recheck\n\n</div>",
        "<details>\n\n/hotfix recheck",
        "text <span hidden>\n/hotfix recheck</span>",
        "~~a\n/hotfix recheck~~",
        "*a\n/hotfix recheck*",
        "[a\n/hotfix recheck](https://example.com)",
        "[/hotfix recheck](https://example.com)",
        "**/hotfix recheck**",
        "see /hotfix recheck",
        "[^1]: a footnote\n/hotfix recheck",
        "$$\n/hotfix recheck\n$$",
        "\\/hotfix recheck",
        "&sol;hotfix recheck",
        "/hotfixes",
        "/\u200bhotfix recheck",
        "/h\u043etfix recheck",
        "",
    ],
)
def test_anything_else_is_talk_about_commands(text: str) -> None:
    """Quotes, code, lists, headings, tables and HTML contain no commands."""
    assert commands_in(text) == ()


@pytest.mark.parametrize("unit", ["/hotfix x\n", "[", "![", "<", "*a **a ", "> ", "- ", "`", "~~/hotfix ", "<div>\n\n"])
def test_a_hostile_comment_takes_linear_time(unit: str) -> None:
    assert_linear(lambda size: commands_in("/hotfix recheck\n" + unit * (size // len(unit))), 33_000)
