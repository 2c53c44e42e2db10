"""Deployments: canary, gates, watching, targets, and who else deploys."""
