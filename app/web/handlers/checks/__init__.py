"""Handle events about a commit's checks: check runs and suites, statuses, merge groups."""
