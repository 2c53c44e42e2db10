"""Writes for a rollout: deployments and their statuses, tags, branches, workflow runs, back-merges."""
