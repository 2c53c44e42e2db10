"""Plays the demo and cleans up after itself."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.demo import judged, shipped, show
from tests.demo.stage import stage


def main() -> None:
    began = time.monotonic()
    show.console.print(
        "[bold]hotfix[/bold]: one emergency, on a simulated GitHub with real git; nothing leaves this machine"
    )
    with tempfile.TemporaryDirectory(prefix="hotfix-demo-") as folder, stage(Path(folder)) as world:
        shipped.play(world, judged.play(world))
    show.step(f"Done in {time.monotonic() - began:.0f} s; nothing is left running")
    show.console.print(
        "To judge real pull requests: register a GitHub App (README, “Run the service”), then\n\n"
        "  export HOTFIX_APP_ID=...  HOTFIX_PRIVATE_KEY=app.pem  HOTFIX_WEBHOOK_SECRET=...\n"
        "  .venv/bin/hotfix serve\n\n"
        "To judge a branch of a clone, without a service:  .venv/bin/hotfix check"
    )


if __name__ == "__main__":
    main()
