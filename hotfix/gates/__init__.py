"""Measure gates while a new version takes traffic, for the Action's deployments and the service's watch.

`model` is what a team writes, `measure` takes one `measurement` over HTTP, `tally` says when measurements suffice to
pass or fail. How often to measure, and commands as gates, are the caller's.
"""
