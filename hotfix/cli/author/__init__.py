"""The commands that the author of a hotfix runs in a clone: start, commit, check, check --fix and submit.

No command loses work: edits are carried along or stashed, a branch is only moved after a backup ref is written, and
changes are shown before they are made.
"""
