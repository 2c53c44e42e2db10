"""Pure parts of the GitHub client: responses, pages and query costs."""
