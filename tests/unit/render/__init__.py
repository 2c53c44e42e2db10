"""User-visible output: the check page, the terminal and the other formats."""
