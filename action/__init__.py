"""Ship an approved hotfix as a composite GitHub Action: staging, production, watching, and back if it fails.

`entry_point.py` is the entry point of its steps, `runner` runs a command, `commands` holds one module per command,
`deployment` what they share about deployments, `gates` what is measured meanwhile.
"""
