"""From an event to the check run: evaluations, comments, deployments that are held."""
