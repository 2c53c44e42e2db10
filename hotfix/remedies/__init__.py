"""Git and GitHub CLI commands that fix a finding without losing anyone's work."""
