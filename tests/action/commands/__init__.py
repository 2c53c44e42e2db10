"""One command each, and what all of them check first."""
