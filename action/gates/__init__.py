"""Watches a deployment: measures its gates (`hotfix.gates`, and commands of the user) until they pass or fail, and
waits for a version to become healthy.
"""
