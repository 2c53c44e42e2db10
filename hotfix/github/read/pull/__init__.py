"""Reads of one pull request for its evaluation: from an `evaluation_request` to the facts.

`pull_facts` decides what to read in which round trip; `pull_queries` holds the GraphQL queries, and `pull_answer`
parses their answers; `changes`, `changed_files` and `long_lived_branches` read what the hotfix contains.
"""
