"""Resolve what runs in production, and what ran there before.

`resolver` answers both questions from records of deployments, the latest release and tags. It is shared by the
service, the Action and the command line, and does no I/O. `versions` parses tags as versions and computes the next
hotfix tag, `release_tags` chooses among tags, and `explanations` has the messages for when production is unknown.
"""
