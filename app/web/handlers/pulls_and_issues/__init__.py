"""Handle events about pull requests, reviews, comments and issues."""
