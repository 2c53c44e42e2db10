"""Texts that people write, read without knowing about hotfixes: Markdown, globs, durations, issue references."""
