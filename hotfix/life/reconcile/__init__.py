"""Compare a life with the state on GitHub: `plan` returns the missing writes, as data."""
