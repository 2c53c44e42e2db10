"""Other designs of an intake, each as small as it can be, to measure ours beside: `python -m bench.beside NAME`."""
