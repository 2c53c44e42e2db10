"""GitHub's web pages that tests visit, and the user login of Apps."""
