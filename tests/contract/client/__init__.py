"""The client on which all reads are built: errors, limits and faults."""
