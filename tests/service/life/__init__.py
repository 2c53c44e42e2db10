"""The life of an incident through the real service, and its notifications."""
