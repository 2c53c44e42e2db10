"""Plan what is missing on GitHub: `plan` compares a life with what is there and lists the writes, as data."""
