"""`hotfix doctor`."""
