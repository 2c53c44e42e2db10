"""Rollbacks and interrupted runs."""
