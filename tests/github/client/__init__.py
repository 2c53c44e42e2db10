"""The Python client of the simulated GitHub; everything goes over HTTP."""
