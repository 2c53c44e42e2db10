"""Help, usage errors, completion, and the modules that the command line imports."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version

import pytest

from tests.cli.conftest import Clone

COMMANDS = ["check", "judge", "start", "commit", "submit", "init", "commit-msg", "next-tag", "serve", "policy"]


def test_alone_it_says_what_it_can_do(clone: Clone) -> None:
    shown = clone.hotfix()
    assert shown.status == 0
    assert shown.out == clone.hotfix("--help").out
    for command in COMMANDS:
        assert f"  {command} " in shown.out
    assert "In an emergency:" in shown.out
    assert "OWNER/REPO#readme" not in shown.out, "only a release knows where its documentation is"
    assert "customize the installation" not in shown.out
    assert max(map(len, shown.out.split("\n"))) <= 80


def test_commands_are_listed_in_the_order_of_a_day(clone: Clone) -> None:
    listed = clone.hotfix("--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed][:4] == ["start", "commit", "check", "submit"]


@pytest.mark.parametrize(
    "command",
    [[name] for name in ("check", "start", "judge", "commit-msg", "init", "doctor", "status", "report")]
    + [["policy", "explain"]],
)
def test_a_command_s_help_teaches_by_example(clone: Clone, command: list[str]) -> None:
    shown = clone.hotfix(*command, "--help")
    assert shown.status == 0
    examples = [line for line in shown.out.partition("\n\n")[2].split("\n") if line.startswith("    ")]
    assert any(f"hotfix {' '.join(command)}" in line for line in examples)
    assert not re.search(r"\{|\[\[", shown.out.split("\n")[0])
    assert max(map(len, shown.out.split("\n"))) <= 80


def test_the_commit_hook_of_the_help_can_be_pasted(clone: Clone) -> None:
    shown = clone.hotfix("commit-msg", "--help").out
    lines = shown.partition("As a plain git hook:\n")[2].partition("  With pre-commit")[0]
    clone.run("bash", "-ec", lines)
    hook = clone.path / ".git" / "hooks" / "commit-msg"
    assert hook.read_text() == '#!/bin/sh\nexec hotfix commit-msg "$1"\n'
    assert hook.stat().st_mode & 0o111


def test_the_version_is_the_package_s(clone: Clone) -> None:
    assert clone.hotfix("--version").out == f"hotfix {version('hotfix-workflow')}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'? Try"),
        (["check", "--fromat", "json"], "No such option: --fromat"),
        (["check", "--format", "xml"], "'xml' is not one of"),
        (["start"], "Missing argument 'NAME'"),
        (["policy"], "Missing command"),
        (["serve", "--port", "70000"], "65535"),
    ],
)
def test_wrong_use_is_one_sentence_that_names_the_help(clone: Clone, arguments: list[str], words: str) -> None:
    sentence = clone.hotfix(*arguments).sentence()
    assert words in sentence
    assert "--help`." in sentence


def test_shells_can_complete_it(clone: Clone) -> None:
    """The shell is named: it would be detected from the parents of the process, and a test may have none."""
    named = {**clone.environment, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    assert "_HOTFIX_COMPLETE=complete_bash" in Clone(clone.path, named).hotfix("--show-completion", "bash").out
    asked = {**clone.environment, "_HOTFIX_COMPLETE": "complete_bash", "COMP_WORDS": "hotfix ne", "COMP_CWORD": "1"}
    assert Clone(clone.path, asked).hotfix().out.strip() == "next-tag"


def test_help_loads_nothing_heavy(clone: Clone) -> None:
    loaded = clone.run(
        sys.executable,
        "-c",
        "import sys\nsys.argv = ['hotfix', '--help']\nfrom hotfix.cli import main\nmain()\n"
        "print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)",
    ).err.split()
    assert not {"pydantic", "rich", "github", "yaml", "pygments", "httpx", "re2", "requests"} & set(loaded)


def test_check_loads_neither_github_nor_the_service(clone: Clone) -> None:
    """It doesn't import the YAML parser either, as this repository has no policy."""
    loaded = clone.run(
        sys.executable,
        "-c",
        "import sys\nsys.argv = ['hotfix', 'check']\nfrom hotfix.cli import main\nmain()\n"
        "print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)",
    ).err.split()
    assert not {"github", "httpx", "requests", "rich", "app", "fastapi", "dbos", "yaml"} & set(loaded)


def test_our_own_mistake_shows_a_traceback_only_on_request(clone: Clone) -> None:
    """Without the request, the error is a single sentence."""
    code = "import sys\nsys.modules['hotfix.cli.policy'] = 1\nsys.argv = ['hotfix', 'policy', 'schema']\n"
    code += "from hotfix.cli import main\nsys.exit(main())"
    ended = clone.run(sys.executable, "-c", code, status=2)
    assert ended.err.startswith("hotfix: ")
    assert "Traceback" not in ended.err
    debugged = Clone(clone.path, {**clone.environment, "HOTFIX_DEBUG": "1"})
    assert "Traceback" in debugged.run(sys.executable, "-c", code, status=1).err


def test_a_reader_that_goes_away_is_no_error(clone: Clone) -> None:
    ended = clone.run("bash", "-c", "set -o pipefail; hotfix policy schema | head -c 1")
    assert (ended.out, ended.err) == ("{", "")
