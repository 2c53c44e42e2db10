"""The composite GitHub Action: ships an approved hotfix through staging to production, watches it and takes it back.

`entry_point.py` is the entry point of its steps, `runner` runs a command, `commands` holds one module per command,
`deployment` what they share about deployments, `gates` what is measured meanwhile.
"""
