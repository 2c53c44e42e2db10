"""What GitHub shows in a browser: the pages that tests visit, and the login of an App's users."""
