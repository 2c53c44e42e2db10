"""Reads any manifest by its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotfix.dependencies import (
    bundler,
    cargo,
    composer,
    containers,
    golang,
    gradle,
    maven,
    npm,
    nuget,
    pip,
    pnpm,
    python_lock,
    python_project,
    setup_script,
    submodules,
    unread,
    workflows,
    wrapper,
    yarn,
)
from hotfix.dependencies.diffing import compare
from hotfix.dependencies.manifest_paths import format_of, is_lockfile
from hotfix.dependencies.model import MAX_CHARS, MAX_WRITTEN, Change, Dependency, Unreadable

_READERS: dict[str, Callable[[str], Iterator[Dependency]]] = {
    "package-json": npm.package_json,
    "package-lock": npm.package_lock,
    "requirements": pip.requirements,
    "pyproject": python_project.pyproject,
    "pipfile": python_project.pipfile,
    "setup-cfg": python_project.setup_cfg,
    "setup-py": setup_script.setup_py,
    "poetry-lock": python_lock.poetry_lock,
    "pdm-lock": python_lock.poetry_lock,
    "uv-lock": python_lock.uv_lock,
    "pylock": python_lock.pylock,
    "pipfile-lock": python_lock.pipfile_lock,
    "go-mod": golang.go_mod,
    "go-sum": golang.go_sum,
    "cargo": cargo.cargo_toml,
    "cargo-lock": cargo.cargo_lock,
    "yarn": yarn.yarn_lock,
    "pnpm": pnpm.pnpm_lock,
    "pnpm-workspace": pnpm.pnpm_workspace,
    "maven": maven.pom,
    "gradle": gradle.build_script,
    "gradle-catalog": gradle.catalog,
    "gradle-lock": gradle.lockfile,
    "gradle-properties": gradle.properties,
    "gemfile": bundler.gemfile,
    "gemfile-lock": bundler.gemfile_lock,
    "composer": composer.composer_json,
    "composer-lock": composer.composer_lock,
    "nuget": nuget.project,
    "nuget-packages": nuget.packages_config,
    "nuget-lock": nuget.packages_lock,
    "dockerfile": containers.dockerfile,
    "compose": containers.compose,
    "workflow": workflows.workflow,
    "wrapper": wrapper.wrapper,
    "unread-lock": unread.lockfile,
    "gitmodules": submodules.gitmodules,
}


def parse(path: str, text: str) -> tuple[Dependency, ...]:
    """Every dependency that the manifest or lockfile at `path` names, in its order.

    Raises Unreadable, and nothing else, when the text is not what the path promises.
    """
    limit = MAX_CHARS if is_lockfile(path) else MAX_WRITTEN
    if len(text) > limit:
        raise Unreadable(f"longer than {limit:,} characters")
    format = format_of(path)
    reader = _READERS.get(format or "")
    if reader is None:
        raise Unreadable("no manifest that is known here")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("not valid Unicode") from None
    return tuple(reader(text.removeprefix("\ufeff")))


def diff(path: str, before: str | None, after: str | None, *, path_before: str | None = None) -> list[Change]:
    """What was added, removed or changed between two texts of the manifest at `path`; None is no file at all.

    `path_before` is where it was, if it moved; a path that is no manifest's holds no dependencies.
    Raises Unreadable when one of the texts cannot be read; equal texts are not read.
    """
    path_before = path_before or path
    if before == after and format_of(path_before) == format_of(path):
        return []
    return compare(_read(path_before, before, " (at the production tag)"), _read(path, after, ""))


def _read(path: str, text: str | None, side: str) -> tuple[Dependency, ...]:
    if text is None or format_of(path) is None:
        return ()
    try:
        return parse(path, text)
    except Unreadable as error:
        raise Unreadable(error.reason + side, error.line) from None
