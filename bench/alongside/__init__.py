"""Other designs of an intake, each as small as it can be, measured alongside ours: `python -m bench.alongside NAME`."""
