"""Writes that set up: the GitHub App from its manifest, a repository's labels, files and required check."""
