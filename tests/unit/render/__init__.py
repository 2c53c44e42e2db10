"""What people read: the check page, the terminal, the other formats."""
