"""The connection to GitHub: clients for each identity, their tokens, HTTP exchanges, and errors."""
