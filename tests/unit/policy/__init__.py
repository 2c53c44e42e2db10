"""The policy: loading, schema and permissions."""
