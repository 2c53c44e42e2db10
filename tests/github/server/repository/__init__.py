"""A repository on disk: objects, refs, history, diffs, and git's HTTP protocol."""
