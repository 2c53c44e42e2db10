"""Run jobs: one module per task, each run in a thread.

Evaluate a pull request, answer a comment or a protected deployment, start the deploy workflow, sweep for what no
event announced. Each takes a claimed job and returns a `JobResult`; `job_handlers` names the function of each kind of
job.
"""
