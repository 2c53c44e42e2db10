"""The life of an incident through the real service, and the people it informs."""
