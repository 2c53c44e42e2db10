"""Find changes of what is installed, from where, or by which toolchain, in manifests, lockfiles and build scripts.

`known_files` is the table of such files, `schemas` says what the keys of structured ones mean, `file_comparison`
compares two versions of any of them. Structured data is read (`documents`, and the readers of single formats);
programs are not interpreted: their changed lines count (`changed_lines`). `mentions` finds single lines in other
files that install or fetch something. All of it is pure, takes linear time, and is safe on any text.
"""

from hotfix.dependencies.file_table import is_lockfile, is_manifest, needs_roots

__all__ = ["is_lockfile", "is_manifest", "needs_roots"]
