"""Writes of a deployment: deployments and their statuses, tags, branches, workflow runs, back-merges."""
