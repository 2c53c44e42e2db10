"""The client under the reads: errors, caps, faults."""
