"""`python -m tests.scenarios`: run the five scenarios and write their transcripts into `docs/life.md`."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.action.runner import ROOT
from tests.scenarios import cases, paths
from tests.scenarios.cases import Case
from tests.scenarios.transcript import BEGIN, END, PAGE, transcript
from tests.scenarios.walk import Walk
from tests.scenarios.world import world

CASES: tuple[Case, ...] = (cases.SECURITY, cases.DATA, cases.ENDPOINT, cases.PERFORMANCE, cases.PAYMENT)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as everybody:
        runtime = _runtime(Path(folder))
        parts = []
        for case in CASES:
            walk = Walk(everybody, case, runtime)
            try:
                paths.PATHS[case.name](walk)
            finally:
                walk.close()
            parts.append(transcript(walk))
    text = PAGE.read_text()
    written = f"{BEGIN}\n\n" + "\n".join(parts) + f"\n{END}"
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: written, text, flags=re.DOTALL))


def _runtime(folder: Path) -> Path:
    """Return the Action's private Python, installed by its own first step."""
    environ = {
        **os.environ,
        "PATH": f"{os.environ['PATH']}{os.pathsep}{ROOT / '.tools/bin'}",
        "GITHUB_ACTION_PATH": str(ROOT),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    subprocess.run(["bash", str(ROOT / "action/runtime.sh")], env=environ, check=True)
    return next(path for path in folder.iterdir() if path.name.startswith("hotfix-runtime-"))


if __name__ == "__main__":
    main()
