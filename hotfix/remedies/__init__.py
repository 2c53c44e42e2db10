"""Commands of git and GitHub's CLI that fix a finding without losing anybody's work."""
