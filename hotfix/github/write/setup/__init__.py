"""Writes for setup: the GitHub App from its manifest, and a repository's labels, files and required check."""
