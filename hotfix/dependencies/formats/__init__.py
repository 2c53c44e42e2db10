"""Readers for custom formats: requirements files, go.mod, lockfiles of several tools, Dockerfiles.

Each reader yields the dependencies that the text requests or locks, line by line, and raises `Unreadable` for a line
that it doesn't recognize. `pipeline_schemas` has the schemas of CI pipelines.
"""
