"""The Python side of the simulated GitHub: everything goes over HTTP."""
