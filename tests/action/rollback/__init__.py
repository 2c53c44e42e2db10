"""Rolling back, and being interrupted."""
