"""`python -m tests.github --port 8080 --root DIR`: runs a simulated GitHub until its standard input is closed."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.github.sim import Running


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.github", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--root", type=Path, help="where the bare repositories live (default: a temporary directory)")
    parser.add_argument("--no-validate", action="store_true", help="don't check exchanges against GitHub's description")
    parser.add_argument("--forever", action="store_true", help="don't end with the input, only by a signal")
    args = parser.parse_args()
    try:
        _serve(args.root, args.port, not args.no_validate, args.forever)
    except OSError:
        # The parent process may have been stopped meanwhile, and its folder and pipes removed.
        if args.forever or not _abandoned():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _serve(root: Path | None, port: int, validate: bool, forever: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="github-") as made:
        root = root or Path(made)
        root.mkdir(exist_ok=True)
        running = Running(root, port, validate)

        def until_parent_ends() -> None:
            sys.stdin.read()
            running.stop()

        print(running.url, flush=True)
        if not forever:
            threading.Thread(target=until_parent_ends, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: running.stop())
        running.run()


def _abandoned() -> bool:
    """Return whether standard input is closed."""
    ready, _, _ = select.select([sys.stdin], [], [], 1.0)
    return bool(ready) and not os.read(sys.stdin.fileno(), 1)


if __name__ == "__main__":
    main()
