"""Handle events that may have changed what runs in production: pushes, tags, releases and deployments."""
