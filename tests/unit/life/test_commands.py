"""Commands in comments: which lines are commands, and what they mean."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hotfix.life.incident_commands import CommandName, IncidentCommand, UnclearCommand, parse


@pytest.mark.parametrize(
    "body",
    [
        "> /hotfix ship",
        "- /hotfix ship",
        "    /hotfix ship",
        "```\n/hotfix ship\n```",
        "`quoted\n/hotfix ship\n`",
        "<!--\n/hotfix ship\n-->",
        "text <!--\n/hotfix ship\n-->",
        "<details>\n\n/hotfix ship\n\n</details>",
        "text <b>\n/hotfix ship\n</b>",
        "# /hotfix ship",
        "see /hotfix ship",
        "/hotfixes ship",
        "",
    ],
)
def test_only_top_level_paragraphs_hold_commands(body: str) -> None:
    assert parse(body) == ()


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ("/hotfix declare p0", IncidentCommand(name=CommandName.DECLARE, target="P0")),
        ("thanks!\n/Hotfix Ship", IncidentCommand(name=CommandName.SHIP)),
        (
            "/hotfix severity P1 all _logins_ fail",
            IncidentCommand(name=CommandName.SEVERITY, target="P1", text="all logins fail"),
        ),
        ("/hotfix start Fix the login!", IncidentCommand(name=CommandName.START, target="Fix-the-login")),
        ("/hotfix start hotfix/x/../y.lock", IncidentCommand(name=CommandName.START, target="x/-/y")),
        (
            "/hotfix done logs quiet since 4",
            IncidentCommand(name=CommandName.DONE, target="logs", text="quiet since 4"),
        ),
        ("/hotfix note it's `db-1`", IncidentCommand(name=CommandName.NOTE, text="it's `db-1`")),
        ("/hotfix assign commander @bob", IncidentCommand(name=CommandName.ASSIGN, target="commander", text="bob")),
        ("/hotfix snooze fix 2h", IncidentCommand(name=CommandName.SNOOZE, target="fix", duration=timedelta(hours=2))),
        ("/hotfix rollback v1.2.3", IncidentCommand(name=CommandName.ROLLBACK, target="v1.2.3")),
        ("/hotfix rollback", IncidentCommand(name=CommandName.ROLLBACK)),
        (
            "/hotfix post-mortem 2026-03-02T15:00+01:00",
            IncidentCommand(name=CommandName.POST_MORTEM, at=datetime.fromisoformat("2026-03-02T15:00+01:00")),
        ),
        (
            "/hotfix override `Size` because\tof this",
            IncidentCommand(name=CommandName.OVERRIDE, target="size", text="because\tof this"),
        ),
    ],
)
def test_a_command_is_understood(body: str, request_: IncidentCommand) -> None:
    assert parse(body) == (request_,)


def test_a_comment_can_hold_several_commands_each_once() -> None:
    found = parse("/hotfix ship\n/hotfix ship\n\nand\n\n/hotfix note done")
    assert found == (IncidentCommand(name=CommandName.SHIP), IncidentCommand(name=CommandName.NOTE, text="done"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/hotfix rollbck", "did you mean `/hotfix rollback [TAG]`?"),
        ("/hotfix dance", "there is no command `dance`"),
        ("/hotfix", "name a command"),
        ("/hotfix declare P2", "P0 or P1"),
        ("/hotfix severity P1", "reason"),
        ("/hotfix done log", "did you mean `logs`?"),
        ("/hotfix snooze fix", "unit"),
        ("/hotfix snooze fixes 2h", "did you mean `fix`?"),
        ("/hotfix post-mortem tomorrow", "a date, a time and a time zone"),
        ("/hotfix post-mortem 2026-03-02T15:00", "zone"),
        ("/hotfix assign commander", "one person"),
        ("/hotfix override sise x", "name the rule"),
        ("/hotfix override size", "reason"),
        ("/hotfix start !!!", "what is broken"),
    ],
)
def test_an_unclear_command_gets_the_closest_form(body: str, words: str) -> None:
    (found,) = parse(body)
    assert isinstance(found, UnclearCommand)
    assert words in found.why
