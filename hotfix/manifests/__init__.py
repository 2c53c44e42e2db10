"""What a project depends on, read from manifests and lockfiles."""

from hotfix.manifests.paths import is_lockfile, is_manifest

__all__ = ["is_lockfile", "is_manifest"]
