"""JSON representations of GitHub's REST API and webhooks: pure functions of the state."""
