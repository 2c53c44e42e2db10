"""Clone the repository for what only history shows; the user's checkout may be shallow and is left alone."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from action.runner import user_commands
from action.runner.command_errors import OutcomeUnknown
from action.runner.command_run import Run

_GIT = shutil.which("git") or "git"


@contextlib.contextmanager
def private_clone(run: Run, sha: str, *, whole: bool = True) -> Iterator[Path]:
    """Yield a clone of the repository at a commit, with every branch and tag; it is removed afterwards.

    `whole`: with the content of every file; otherwise git fetches a file's content when it needs it. Raises
    OutcomeUnknown if the clone can't be made.
    """
    try:
        temporary = tempfile.TemporaryDirectory(
            dir=run.context.temp, prefix="hotfix-clone-", ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutcomeUnknown(f"There is no place for a clone of {run.repo} ({error}).", "Run the job again.") from None
    with temporary as folder:
        clone = Path(folder) / "clone"
        address = f"{run.context.server_url}/{run.repo}.git"
        partial = [] if whole else ["--filter=blob:none"]
        git(run, "clone", "--quiet", "--no-checkout", *partial, address, str(clone))
        if whole:
            git(run, "-C", str(clone), "checkout", "--quiet", "--detach", sha)
        yield clone


def git(run: Run, *arguments: str) -> str:
    """Run git with the token and return what it prints. Raises OutcomeUnknown with git's last words if it fails.

    The token reaches git by a pipe: it is in no address, argument, environment or file. Git gives it to GitHub's own
    address alone. Once a command of the user's has run, git reads no settings of the user, and is the program that was
    there before: a command could have written either.
    """
    reading, writing = os.pipe()
    try:
        os.write(writing, f"username=x-access-token\npassword={run.inputs.token}\n".encode())
    finally:
        os.close(writing)
    helper = f'!f() {{ test "$1" != get || cat {shlex.quote(f"/dev/fd/{reading}")}; }}; f'
    ours = f"credential.{run.context.server_url}.helper={helper}"
    settings = ["-c", "credential.helper=", "-c", ours, "-c", "credential.useHttpPath=false"]
    nowhere = {name: os.devnull for name in ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL") if user_commands.started}
    try:
        done = subprocess.run(
            [_GIT, *settings, *arguments],
            env={**os.environ, **nowhere, "GIT_TERMINAL_PROMPT": "0"},
            cwd=run.context.temp,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # a commit's message can be in any encoding
            check=False,
            pass_fds=(reading,),
        )
    except OSError as error:
        raise OutcomeUnknown(f"git could not be run ({error}).", "Use a runner or an image that has it.") from None
    finally:
        os.close(reading)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it gives no reason"]
        raise OutcomeUnknown(f"git could not read {run.repo}: {said[0]}.", "Run the job again.")
    return done.stdout
