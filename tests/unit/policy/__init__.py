"""The policy: how it is loaded, its schema, and what it permits."""
