"""The service: webhooks in, durable jobs, verdicts out.

`web` receives, `queue` keeps and runs the jobs, `tasks` are the jobs' functions, `storage` holds the tables. `main`
assembles them; `settings`, `logs`, `metrics` and `memory` belong to the process. It imports `hotfix`, never `action`.
"""
