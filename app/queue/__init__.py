"""Queue jobs durably.

`jobs` are the kinds of jobs as typed data, `intake` commits deliveries together with their jobs, `job_table` is the
SQL, `worker` runs what is due, `retry` says when a failed job runs again, `budget` shares GitHub's hourly limit,
`locks` and `service_instance` keep several processes out of each other's way, `takeover` gives a dead one's jobs back,
`group_commit` writes.
"""
