"""The functions that run jobs, each in a thread.

They evaluate pull requests, answer comments and protected deployments, reconcile incidents, send notifications, start
the deploy workflow, and sweep for changes that no event announced. Each takes a claimed job and returns a `JobResult`;
`job_handlers` maps the kinds of jobs to these functions.
"""
