"""Reads of one pull request for its evaluation: from an `evaluation_request` to the facts.

`pull_facts` decides what to read in which round trip; `pull_queries` has the GraphQL and `pull_answer` what its answer
means; `changes`, `changed_files` and `long_lived_branches` read what the hotfix contains.
"""
