"""Handle events about what people write and decide: pull requests, reviews, comments, issues."""
