"""Discover how a repository deploys, its long-lived branches, and how its releases are tagged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from hotfix.production import versions

_LONG_LIVED = ("develop", "development", "dev", "staging", "next", "trunk")
_LONG_LIVED_PATTERNS = (re.compile(r"release/.+"), re.compile(r"support/.+"), re.compile(r"\d+\.\d+(?:\.x)?"))
_TARGET = re.compile(r"^([A-Za-z][\w./-]*)[ \t]*:(?![:=])", re.MULTILINE)
_ENVIRONMENT = '"$HOTFIX_ENVIRONMENT"'
_MANY = 5
"""Maximum number of branches listed per pattern; more are written as a glob."""


class ProjectReader(Protocol):
    """A reader for a repository, in a clone or on GitHub."""

    default_branch: str

    def text(self, path: str) -> str | None:
        """Return a file's text; None if there is no such file."""

    def branches(self) -> Iterable[str]: ...

    def tags(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployCommand:
    """The shell commands that deploy the application, for the Action."""

    source: str
    """Where the command was found; empty if it was not, in which case the placeholder commands fail until replaced."""
    run: str
    rollback: str
    """The command to run in a checkout of the previous version."""
    complete: bool = True
    """False if a person must replace a placeholder."""


_TO_WRITE = 'echo "Write here what deploys $HOTFIX_SHA to $HOTFIX_ENVIRONMENT"; exit 1'
_TO_WRITE_BACK = 'echo "Write here what restores $HOTFIX_PREVIOUS_SHA in $HOTFIX_ENVIRONMENT"; exit 1'
_UNKNOWN = DeployCommand(source="", run=_TO_WRITE, rollback=_TO_WRITE_BACK, complete=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredSetup:
    """The set-up found in a repository."""

    deploy: DeployCommand
    default_branch: str
    back_merge: tuple[str, ...]
    """The branches that every fix must be merged into, with the default branch first."""
    tags: str
    """The glob of release tags; `*` for any."""
    newest_tag: str


def detect(reader: ProjectReader) -> DiscoveredSetup:
    """Detect the set-up of a repository, as a proposal."""
    tags = tuple(reader.tags())
    newest = versions.highest(tags) or ""
    return DiscoveredSetup(
        deploy=_npm(reader) or _make(reader) or _script(reader) or _docker(reader) or _UNKNOWN,
        default_branch=reader.default_branch,
        back_merge=_back_merge(reader),
        tags=_tag_glob(newest),
        newest_tag=newest,
    )


def _npm(reader: ProjectReader) -> DeployCommand | None:
    try:
        scripts = json.loads(reader.text("package.json") or "{}").get("scripts", {})
    except (ValueError, AttributeError):
        return None
    if not isinstance(scripts, dict):
        return None
    if "deploy:production" in scripts:
        line = 'npm run "deploy:$HOTFIX_ENVIRONMENT"'
        source = "the npm scripts deploy:..."
    elif "deploy" in scripts:
        line, source = f"npm run deploy -- {_ENVIRONMENT}", "the npm script deploy"
    else:
        return None
    return DeployCommand(source=source, run=f"npm ci\n{line}", rollback=f"npm ci\n{line}")


def _make(reader: ProjectReader) -> DeployCommand | None:
    text = next((text for name in ("Makefile", "GNUmakefile", "makefile") if (text := reader.text(name))), "")
    targets = set(_TARGET.findall(text))
    for target, line in (
        ("deploy-production", 'make "deploy-$HOTFIX_ENVIRONMENT"'),
        ("deploy", f"make deploy ENVIRONMENT={_ENVIRONMENT}"),
    ):
        if target in targets:
            return DeployCommand(source=f"the make target {target}", run=line, rollback=line)
    return None


def _script(reader: ProjectReader) -> DeployCommand | None:
    for name in ("deploy.sh", "bin/deploy", "scripts/deploy.sh", "script/deploy", "scripts/deploy"):
        if reader.text(name) is not None:
            line = f"./{name} {_ENVIRONMENT}"
            return DeployCommand(source=f"the script {name}", run=line, rollback=line)
    return None


def _docker(reader: ProjectReader) -> DeployCommand | None:
    if reader.text("Dockerfile") is None:
        return None
    image = '"$REGISTRY/app:$HOTFIX_SHA"'
    return DeployCommand(
        source="the Dockerfile; add how the image is deployed",
        run=f"docker build --tag {image} .\ndocker push {image}\n{_TO_WRITE}",
        rollback=_TO_WRITE_BACK,
        complete=False,
    )


def _back_merge(reader: ProjectReader) -> tuple[str, ...]:
    names = [name for name in reader.branches() if name != reader.default_branch]
    found = [name for name in names if name in _LONG_LIVED]
    for pattern in _LONG_LIVED_PATTERNS:
        fitting = [name for name in names if pattern.fullmatch(name)]
        if len(fitting) > _MANY and "/" in fitting[0]:
            fitting = [f"{fitting[0].partition('/')[0]}/*"]
        found += fitting[:_MANY]
    return (reader.default_branch, *dict.fromkeys(found))


def _tag_glob(newest: str) -> str:
    """Return a glob with the prefix of the newest release tag, such as `v*` or `release-*`; `*` if it has none."""
    prefix = newest[: len(newest) - len(newest.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_/@."))]
    return f"{prefix}*" if prefix and prefix != newest else "*"
