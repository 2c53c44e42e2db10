"""Reads of one incident into a `hotfix.life.record.IncidentRecord`, in two round trips.

The first finds the incident, the pull requests that say they fix it, the deployments and the branches. The second reads
the details of those pull requests, whether the long-lived branches contain the fix, and people's permissions.
"""
