"""The parts of a deployment that commands share: its target and what runs there, its preconditions, locking against
concurrent deployments, its state on disk, its record on GitHub, and its rollback.
"""
