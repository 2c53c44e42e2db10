"""What a project depends on, read from manifests and lockfiles: pure, linear in time, safe on any text."""

from hotfix.dependencies.manifest_paths import is_lockfile, is_manifest
from hotfix.dependencies.model import Change, Kind, Unreadable

__all__ = [
    "Change",
    "Kind",
    "Unreadable",
    "diff",
    "is_lockfile",
    "is_manifest",
]

# The readers of all formats are a tenth of what `hotfix check` loads, and few hotfixes touch a manifest.


def diff(path: str, before: str | None, after: str | None, *, path_before: str | None = None) -> list[Change]:
    """See `hotfix.dependencies.reading.diff`."""
    from hotfix.dependencies import reading

    return reading.diff(path, before, after, path_before=path_before)
