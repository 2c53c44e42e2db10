"""Runs the demo and cleans up; with `--try`, lets a person register the App and see a first verdict,
with `--web`, keeps the pages open."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST, PAUSE = 60.0, 0.05
"""Seconds after which removing the temporary folder is given up, and between two attempts."""
FAST = "clocks: {back_merge: 8s}\n"
"""Shortens a period of a day to seconds in the demo."""


def main() -> None:
    # Imported here, so that Ctrl-C during the imports also ends cleanly.
    from tests.demo import evaluated, shipped, show, try_it, web
    from tests.demo.stage import stage

    if "--try" in sys.argv[1:]:
        with _folder() as folder:
            try_it.play(folder)
        return
    if "--web" in sys.argv[1:]:
        with _folder() as folder:
            web.play(folder)
        return
    began = time.monotonic()
    show.console.print(
        "[bold]hotfix[/bold]: one emergency, on a simulated GitHub with real git; nothing leaves this machine"
    )
    with _folder() as folder, stage(folder, policy=FAST) as world:
        shipped.play(world, *evaluated.play(world))
    show.step(f"Done in {time.monotonic() - began:.0f} s; nothing is left running")
    show.console.print(
        "In a clone of yours, on the branch of a fix, run:\n"
        f"  {Path(sys.executable).parent / 'hotfix'} check\n"
        "To have every pull request checked, run the service: README, “Run the service”.",
        soft_wrap=True,
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Create a temporary folder and remove it reliably: interrupted processes may still write into it for a moment."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a signal right here would leave it behind
    folder = Path(tempfile.mkdtemp(prefix="hotfix-demo-"))
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        yield folder
    finally:
        until = time.monotonic() + LONGEST
        while folder.exists() and time.monotonic() < until:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(PAUSE)  # a process that is about to end may create it again


def _stop(number: int, _: object) -> None:
    """End the demo cleanly on Ctrl-C, `kill` or a closed terminal; a second Ctrl-C must not interrupt the cleanup.

    For a command that runs until Ctrl-C, this is a success: make would report any other status as an error.
    """
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    runs_until_stopped = {"--try", "--web"} & set(sys.argv[1:])
    raise SystemExit(0 if number == signal.SIGINT and runs_until_stopped else 128 + number)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an ASCII-only terminal must not cause an error
    for each in SIGNALS:
        signal.signal(each, _stop)
    try:
        main()
    except SystemExit as stopped:
        if isinstance(stopped.code, int):
            print("\nStopped; nothing is left running.")
        raise
