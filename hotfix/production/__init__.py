"""Resolve what runs in production, and what ran there before.

`resolver` answers both questions from records that a reader brings: deployments, the latest release, tags. It is
shared by the service, the Action and the command line, and does no input or output. `versions` reads tags as versions
and names the next hotfix tag, `release_tags` chooses among tags, `explanations` words why it isn't known what runs.
"""
