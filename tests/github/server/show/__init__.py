"""How GitHub's REST API and webhooks write things down. Pure functions from state to JSON."""
