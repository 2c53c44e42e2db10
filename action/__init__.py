"""A composite GitHub Action that ships an approved hotfix: staging, production, monitoring, and rollback if it fails.

`entry_point.py` is the entry point of its steps, `runner` runs a command, `commands` holds one module per command,
`deployment` the parts of a deployment that commands share, `gates` the measurements taken during a deployment.
"""
