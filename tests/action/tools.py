"""Third-party tools used by the Action's tests; `python -m tests.action.tools` installs them with `go install`."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".tools" / "go"
TOOLS = {
    "act": ["-tags", "WITHOUT_DOCKER", "github.com/nektos/act@v0.2.87"],
    "actionlint": ["github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"],
    "compose": ["github.com/compose-spec/compose-go/v2/cmd@v2.16.2"],
    "helm": ["helm.sh/helm/v3/cmd/helm@v3.22.0"],
}


def tool(name: str) -> Path | None:
    """Return a tool's path, installing it on first use; None on a machine without Go."""
    path = FOLDER / f"{name}-{TOOLS[name][-1].rpartition('@')[2]}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return path
        if (go := shutil.which("go")) is None:
            return None
        made = FOLDER / "bin"
        environ = {**os.environ, "GOBIN": str(made), "CGO_ENABLED": "0"}
        subprocess.run([go, "install", *TOOLS[name]], env=environ, check=True)
        package = TOOLS[name][-1].partition("@")[0]
        (made / package.rpartition("/")[2]).rename(path)
    return path


def without(tmp_path: Path, *tools: str) -> dict[str, str]:
    """Return the environment of an image that lacks some tools: a PATH of links to all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for tool in Path(place).glob("*") if Path(place).is_dir() else ():
            if tool.name not in tools:
                (folder / tool.name).unlink(missing_ok=True)
                (folder / tool.name).symlink_to(tool)
    return {"PATH": str(folder)}


if __name__ == "__main__":
    sys.exit(0 if all(list(map(tool, TOOLS))) else "Go is needed for: " + ", ".join(TOOLS))
