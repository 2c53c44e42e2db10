"""Read one incident from GitHub into a `hotfix.life.record.IncidentRecord`, in two round trips.

The first finds the incident, the pull requests that say they fix it, the deployments and the branches; the second reads
what hangs on those pull requests, whether the long-lived branches contain the fix, and who may do what.
"""
