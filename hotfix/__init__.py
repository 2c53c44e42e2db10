"""Decide whether a change may ship as a hotfix: facts, rules and verdicts, and the readers that supply the facts."""
