"""Clone the repository, because the user's checkout may be shallow, and run git with the token."""

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

    `whole`: with the content of every file; otherwise git fetches file contents on demand. Raises OutcomeUnknown if the
    clone can't be created.
    """
    try:
        temporary = tempfile.TemporaryDirectory(
            dir=run.context.temp, prefix="hotfix-clone-", ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutcomeUnknown(f"A clone of {run.repo} could not be created ({error}).", "Run the job again.") from None
    with temporary as folder:
        clone = Path(folder) / "clone"
        address = f"{run.context.server_url}/{run.repo}.git"
        partial = [] if whole else ["--filter=blob:none"]
        git(run, "clone", "--quiet", "--no-checkout", *partial, address, str(clone))
        if whole:
            git(run, "-C", str(clone), "checkout", "--quiet", "--detach", sha)
        yield clone


def git(run: Run, *arguments: str) -> str:
    """Run git with the token and return its output. Raises OutcomeUnknown with git's last error line if it fails.

    The token is passed through a pipe, so it is in no URL, argument, environment variable or file, and git sends it
    only to GitHub. After a user's command has run, git ignores the user's configuration and the executable found
    earlier is used, because the command could have changed either.
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
