"""Decide whether a change may ship as a hotfix (facts, rules, verdict), and read what that takes."""
