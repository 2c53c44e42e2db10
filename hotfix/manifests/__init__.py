"""What a project depends on, read from manifests and lockfiles: pure, linear in time, safe on any text."""

from hotfix.manifests.model import Change, Dependency, Kind, Unreadable
from hotfix.manifests.paths import is_lockfile, is_manifest
from hotfix.manifests.reading import diff, parse

__all__ = ["Change", "Dependency", "Kind", "Unreadable", "diff", "is_lockfile", "is_manifest", "parse"]
