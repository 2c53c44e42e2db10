"""Read texts that people write, without knowing about hotfixes: Markdown, globs, durations, issue references."""
