"""Git commands that fix a finding without losing anybody's work."""
