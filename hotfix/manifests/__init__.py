"""What a project depends on, read from manifests and lockfiles: pure, linear in time, safe on any text."""

from hotfix.manifests.model import Change, Kind, Unreadable
from hotfix.manifests.paths import is_lockfile, is_manifest

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
    """See `hotfix.manifests.reading.diff`."""
    from hotfix.manifests import reading

    return reading.diff(path, before, after, path_before=path_before)
