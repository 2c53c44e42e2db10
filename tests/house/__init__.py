"""The project's own rules for language, names and commit messages, checked by `make lint` and the tests."""
