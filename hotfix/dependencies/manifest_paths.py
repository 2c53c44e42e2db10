"""Which files say what a project depends on, told by their paths alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

VENDORED = frozenset({"node_modules", "bower_components", "vendor", "site-packages", ".venv", ".yarn"})
"""Folders of other people's code: a manifest inside one is theirs. What decides about them lies outside."""

LOCKFILES: tuple[tuple[str, str], ...] = (
    ("package-lock.json", "package-lock"),
    ("npm-shrinkwrap.json", "package-lock"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
    ("poetry.lock", "poetry-lock"),
    ("uv.lock", "uv-lock"),
    ("pdm.lock", "pdm-lock"),
    ("pylock.toml", "pylock"),
    ("pylock.*.toml", "pylock"),
    ("pipfile.lock", "pipfile-lock"),
    ("go.sum", "go-sum"),
    ("go.work.sum", "go-sum"),
    ("cargo.lock", "cargo-lock"),
    ("gradle.lockfile", "gradle-lock"),
    ("*-gradle.lockfile", "gradle-lock"),
    ("gemfile.lock", "gemfile-lock"),
    ("gems.locked", "gemfile-lock"),
    ("composer.lock", "composer-lock"),
    ("packages.lock.json", "nuget-lock"),
    ("bun.lock", "unread-lock"),
    ("bun.lockb", "unread-lock"),
    ("deno.lock", "unread-lock"),
    ("paket.lock", "unread-lock"),
    ("mix.lock", "unread-lock"),
    ("pubspec.lock", "unread-lock"),
    ("podfile.lock", "unread-lock"),
    ("package.resolved", "unread-lock"),
    ("conda-lock.yml", "unread-lock"),
)
"""Pattern of a casefolded file name -> format. Written by tools; nobody reviews them line by line."""

MANIFESTS: tuple[tuple[str, str], ...] = (
    ("package.json", "package-json"),
    ("pnpm-workspace.yaml", "pnpm-workspace"),
    ("requirements*.txt", "requirements"),
    ("requirements*.in", "requirements"),
    ("*[-_.]requirements.txt", "requirements"),
    ("*[-_.]requirements.in", "requirements"),
    ("constraints*.txt", "requirements"),
    ("pyproject.toml", "pyproject"),
    ("pipfile", "pipfile"),
    ("setup.cfg", "setup-cfg"),
    ("setup.py", "setup-py"),
    ("go.mod", "go-mod"),
    ("go.work", "go-mod"),
    ("cargo.toml", "cargo"),
    ("pom.xml", "maven"),
    ("*.gradle", "gradle"),
    ("*.gradle.kts", "gradle"),
    ("gradle.properties", "gradle-properties"),
    ("gradle-wrapper.properties", "wrapper"),
    ("maven-wrapper.properties", "wrapper"),
    ("*.versions.toml", "gradle-catalog"),
    ("gemfile", "gemfile"),
    ("gems.rb", "gemfile"),
    ("*.gemspec", "gemfile"),
    ("composer.json", "composer"),
    ("*.csproj", "nuget"),
    ("*.fsproj", "nuget"),
    ("*.vbproj", "nuget"),
    ("directory.packages.props", "nuget"),
    ("directory.build.props", "nuget"),
    ("directory.build.targets", "nuget"),
    ("packages.config", "nuget-packages"),
    ("dockerfile", "dockerfile"),
    ("dockerfile.*", "dockerfile"),
    ("dockerfile-*", "dockerfile"),
    ("*.dockerfile", "dockerfile"),
    ("containerfile", "dockerfile"),
    ("containerfile.*", "dockerfile"),
    ("*.containerfile", "dockerfile"),
    ("docker-compose*.yml", "compose"),
    ("docker-compose*.yaml", "compose"),
    ("compose.yml", "compose"),
    ("compose.yaml", "compose"),
    ("compose.*.yml", "compose"),
    ("compose.*.yaml", "compose"),
    (".gitmodules", "gitmodules"),
    ("action.yml", "workflow"),
    ("action.yaml", "workflow"),
)
"""Pattern of a casefolded file name -> format. Written by people."""


@lru_cache(maxsize=4096)
def format_of(path: str) -> str | None:
    """The format's id of a manifest or lockfile; None for any other file and for vendored ones."""
    *folders, name = path.casefold().split("/")
    if is_vendored(path) or name.endswith(".dockerignore"):
        return None
    for pattern, format in LOCKFILES + MANIFESTS:
        if fnmatchcase(name, pattern):
            return format
    if name.endswith((".yml", ".yaml")) and folders == [".github", "workflows"]:
        return "workflow"
    if name.endswith((".txt", ".in")) and folders and folders[-1] in ("requirements", "constraints"):
        return "requirements"
    if name.endswith(".lockfile") and folders[-2:] == ["gradle", "dependency-locks"]:
        return "gradle-lock"
    return None


def is_vendored(path: str) -> bool:
    """Does it lie in a folder of other people's code?"""
    return not VENDORED.isdisjoint(path.casefold().split("/")[:-1])


_LOCK_FORMATS = frozenset(format for _, format in LOCKFILES)


def is_manifest(path: str) -> bool:
    """Does this file, manifest or lockfile, say what the project depends on? Its whole text must be read."""
    return format_of(path) is not None


def is_lockfile(path: str) -> bool:
    """Is this file written by a package manager, not by hand?"""
    return format_of(path) in _LOCK_FORMATS
