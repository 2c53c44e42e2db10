"""What the author of a hotfix runs in a clone: start, commit, check and its fixes, submit.

Nothing here loses work: edits are carried along or stashed, a branch is only moved after a backup ref was written, and
what a command is about to change is shown first.
"""
