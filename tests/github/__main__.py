"""`python -m tests.github --port 8080 --root DIR`: a simulated GitHub in its own process, until its input ends."""

from __future__ import annotations

import argparse
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
    with tempfile.TemporaryDirectory(prefix="github-") as made:
        root = args.root or Path(made)
        root.mkdir(parents=True, exist_ok=True)
        running = Running(root, args.port, not args.no_validate)

        def until_parent_ends() -> None:
            sys.stdin.read()
            running.stop()

        if not args.forever:
            threading.Thread(target=until_parent_ends, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: running.stop())
        print(running.url, flush=True)
        running.run()


if __name__ == "__main__":
    main()
