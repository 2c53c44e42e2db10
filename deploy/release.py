"""Prepare a release: `python -m deploy.release prepare | pin | notes | check`, for `.github/workflows/release.yml`.

A release is two commits that live on its tag alone. The first one names this repository where the sources say
OWNER/REPO, and sets the version; the second one pins the reusable workflow to the first one's SHA, which a commit can't
do for itself.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import semver

PLACEHOLDER = re.compile(r"""(?:(?<=uses: )|(?<=github\.com/))OWNER/REPO\b|OWNER/REPO(?=@v\d|(?:/\*)?": ref-pin)""")
"""This repository, where a user would copy its name; not the metavariable of `hotfix judge OWNER/REPO#N`."""
TEXT = {".md", ".py", ".toml", ".txt", ".yaml", ".yml"}
REUSABLE = Path(".github/workflows/hotfix-ship.yml")
UNRELEASED = "## Unreleased"


class ReleaseError(Exception):
    """The release can't be made; the message says why and what to do."""


def tracked(root: Path) -> list[Path]:
    """Return the text files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    return [root / name for name in listed.split("\0") if Path(name).suffix in TEXT]


def prepare(root: Path, version: str, repository: str) -> None:
    """Write the version and the repository's name into the files of a checkout. Raises ReleaseError."""
    if not semver.Version.is_valid(version):
        raise ReleaseError(f"{version!r} is not a version: write MAJOR.MINOR.PATCH, such as 1.2.3.")
    if not re.fullmatch(r"[\w-]+/[\w.-]+", repository):
        raise ReleaseError(f"{repository!r} is not a repository: write OWNER/NAME.")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text()
    if not section(text, UNRELEASED).strip():
        raise ReleaseError(f"CHANGELOG.md has nothing below '{UNRELEASED}': write what users get, then release.")
    today = datetime.now(UTC).date().isoformat()
    changelog.write_text(text.replace(UNRELEASED, f"{UNRELEASED}\n\n## {version} - {today}", 1))
    _set(root / "pyproject.toml", r'(?m)^version = ".*"$', f'version = "{version}"')
    _set(root / "deploy/helm/Chart.yaml", r"(?m)^version: .*$", f"version: {version}")
    _set(root / "deploy/helm/Chart.yaml", r"(?m)^appVersion: .*$", f'appVersion: "{version}"')
    for path in tracked(root):
        text = path.read_text()
        if (named := PLACEHOLDER.sub(repository, text)) != text:
            path.write_text(named)


def pin(root: Path, sha: str, version: str, repository: str) -> None:
    """Make the reusable workflow use the Action at a full SHA: policies can demand that. Raises ReleaseError."""
    if not re.fullmatch(r"[0-9a-f]{40}", sha):
        raise ReleaseError(f"{sha!r} is not a full commit SHA.")
    _set(
        root / REUSABLE,
        rf"(?m)^(\s+(?:- )?uses: ){re.escape(repository)}@\S+.*$",
        rf"\g<1>{repository}@{sha} # v{version}",
    )


def notes(root: Path, version: str) -> str:
    """Return the changelog's section about a version. Raises ReleaseError."""
    text = (root / "CHANGELOG.md").read_text()
    heading = re.search(rf"(?m)^## {re.escape(version)}\b.*$", text)
    if heading is None:
        raise ReleaseError(f"CHANGELOG.md has no section '## {version}'.")
    return section(text, heading[0]).strip() + "\n"


def left(root: Path) -> list[str]:
    """Return the places that still name the placeholder, as `path:line`."""
    return [
        f"{path.relative_to(root)}:{number}"
        for path in tracked(root)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PLACEHOLDER.search(line)
    ]


def section(text: str, heading: str) -> str:
    """Return what stands below a heading of the second level, to the next one; empty without that heading."""
    _, found, rest = text.partition(heading + "\n")
    return re.split(r"(?m)^## ", rest, maxsplit=1)[0] if found else ""


def _set(path: Path, pattern: str, line: str) -> None:
    text, count = re.subn(pattern, line, path.read_text())
    if not count:
        raise ReleaseError(f"{path.name} has no line like {pattern}: was it renamed?")
    path.write_text(text)


def main(arguments: Sequence[str]) -> int:
    """Run one step in the current directory; exit status 1 with one line if it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m deploy.release", description="Prepare a release of this checkout.")
    steps = parser.add_subparsers(dest="step", required=True)
    for name, words in (
        ("prepare", "write version and repository into the files"),
        ("pin", "pin the reusable workflow to a commit"),
        ("notes", "print the changelog's section"),
        ("check", "fail if a placeholder is left"),
    ):
        step = steps.add_parser(name, help=words, description=words)
        if name != "check":
            step.add_argument("version")
        if name in ("prepare", "pin"):
            step.add_argument("--repository", required=True, metavar="OWNER/NAME")
        if name == "pin":
            step.add_argument("--sha", required=True)
    given = parser.parse_args(arguments)
    root = Path.cwd()
    try:
        if given.step == "prepare":
            prepare(root, given.version, given.repository)
        elif given.step == "pin":
            pin(root, given.sha, given.version, given.repository)
        elif given.step == "notes":
            print(notes(root, given.version), end="")
        elif places := left(root):
            raise ReleaseError(f"the placeholder OWNER/REPO is left in {', '.join(places)}.")
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
