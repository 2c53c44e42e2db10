"""The durable job queue.

`jobs` defines the kinds of jobs as typed data, `intake` commits deliveries together with their jobs, `job_table` holds
the SQL, `worker` runs due jobs, `retry` decides when a failed job runs again, `budget` shares GitHub's rate limit among
jobs, `bot_pace` delays jobs that bots ask for again and again, `locks` and `service_instance` coordinate several
processes, `takeover` releases the jobs of a dead process, and `group_commit` writes to the database.
"""
