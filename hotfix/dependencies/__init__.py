"""Find changes to dependencies, package sources and toolchains, in manifests, lockfiles and build scripts.

`known_files` is the table of such files, `schemas` describes the keys of structured ones, and `file_comparison`
compares two versions of any of them. Structured data is parsed (`documents`, and readers for single formats); programs
are not interpreted, so every changed line is reported (`changed_lines`). `mentions` finds single lines in other files
that install or fetch something. All functions are pure, take linear time, and are safe for any input.
"""

from hotfix.dependencies.file_table import is_lockfile, is_manifest, needs_roots

__all__ = ["is_lockfile", "is_manifest", "needs_roots"]
