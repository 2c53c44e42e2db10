"""Handle events by which production may have moved: pushes, tags, releases, deployments."""
