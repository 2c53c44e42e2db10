"""Handle events about the checks of a commit: check runs, check suites, commit statuses and merge groups."""
