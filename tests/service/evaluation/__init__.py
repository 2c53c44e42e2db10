"""From an event to the check run: evaluations, comments and held deployments."""
