"""The token stays out of reach of the user's commands, and so do the files that change later steps.

The Action's own start takes the secrets away: these tests don't fork it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from action.runner import handover, user_commands
from tests.action.conftest import Shop

EVERYWHERE = r"""
for folder in /proc/[0-9]*; do
  for file in environ cmdline; do
    tr '\0' '\n' <"$folder/$file" 2>/dev/null | sed "s,^,${folder##*/} $file ,"
  done
done >seen || true
new="-type f -size -200k -newer $RUNNER_TEMP/event.json"
find "$RUNNER_TEMP" "$HOME" $new -exec cat {} + >files 2>/dev/null || true
"""
"""What a command of the same user can read: environments and arguments of all processes, and files written since."""


def test_no_process_and_no_file_shows_the_token(shop: Shop, tmp_path: Path) -> None:
    """On machines like the runners, every process of a user reads the others' environments."""
    shop.pass_verdict()
    home = tmp_path / "home"
    home.mkdir()
    job = shop.job(environ={"HOME": str(home)}, forked=False)
    done = job.uses(command="deploy", environment="staging", run=EVERYWHERE, rollback_run="true")
    assert done.outcome == "success", done.log
    assert job.workspace is not None
    seen = (job.workspace / "seen").read_text(errors="replace")
    assert " environ GITHUB_REPOSITORY=acme/shop" in seen  # of the command itself: it can read
    assert job.token not in seen
    assert job.token not in (job.workspace / "files").read_text(errors="replace")
    assert job.token not in done.log


def test_the_parent_of_a_command_has_neither_token_nor_files(shop: Shop) -> None:
    shop.pass_verdict()
    job = shop.job(forked=False)
    job.uses(command="deploy", environment="staging", run=r'tr "\0" "\n" <"/proc/$PPID/environ" >parent || true')
    assert job.workspace is not None
    parent = (job.workspace / "parent").read_text()
    names = {line.partition("=")[0] for line in parent.splitlines()}
    assert not names & {*handover.SECRETS, *handover.FILES, *handover.DROPPED}


def test_another_user_than_root_can_not_read_its_memory(shop: Shop) -> None:
    """The kernel closes `/proc/PID/mem` and `/proc/PID/environ` of a process that is not dumpable."""
    shop.pass_verdict()
    job = shop.job(forked=False)
    job.uses(command="deploy", environment="staging", run='stat -c %u "/proc/$PPID/environ" >owner; id -u >me')
    assert job.workspace is not None
    assert (job.workspace / "owner").read_text() == "0\n"


@pytest.mark.parametrize("name", ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_OUTPUT"])
def test_a_command_writes_to_no_file_of_later_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv(name, str(file))
    assert user_commands.run("title", f'echo "PATH=/evil" >>"${name}"', {}) == 0
    assert file.read_text() == ""


def test_what_a_command_wrote_to_such_a_file_is_dropped(shop: Shop) -> None:
    """A command can still guess where the runner keeps these files."""
    shop.pass_verdict()
    guess = 'for file in "$RUNNER_TEMP"/{env,path,state,output}-*; do echo "tag=v9" >>"$file"; done'
    done = shop.job(forked=False).uses(command="deploy", environment="staging", run=guess)
    assert done.outcome == "success", done.log
    assert done.outputs["tag"] == ""
    assert "A command wrote to a file that changes the job's later steps." in done.log


def test_what_clouds_need_for_oidc_reaches_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        monkeypatch.setenv(name, "x")
    found = user_commands.environment({})
    assert {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"} <= set(found)
    assert "ACTIONS_RUNTIME_TOKEN" not in found


def test_a_malformed_token_is_refused_at_once(shop: Shop) -> None:
    done = shop.job(token="x" * 70_000, forked=False).uses(command="tag", dry_run="true")
    assert done.status == 1
    assert "The token is too long to be one." in done.log
