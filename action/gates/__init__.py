"""Monitoring of a deployment: measures its gates (`hotfix.gates` and the user's commands) until they pass or fail, and
waits for a version to become healthy.
"""
