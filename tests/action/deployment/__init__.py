"""Deployments: canary, gates, monitoring, targets and concurrent deployments by others."""
