"""General text processing, independent of hotfixes: Markdown, globs, durations, issue references, YAML."""
