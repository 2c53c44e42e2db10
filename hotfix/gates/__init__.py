"""Measure gates while a new version takes traffic, for the Action's deployments and the service's watch.

`gate` is the configuration format, `measure` takes one measurement over HTTP, `tally` decides when there are enough
measurements to pass or fail. Scheduling measurements and running commands as gates is up to the caller.
"""
