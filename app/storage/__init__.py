"""What the service stores in its database, and how it is read.

`database` defines the tables and opens them in SQLite or PostgreSQL, `pulls` stores heads, verdicts and overrides of
pull requests, `snapshots` the content of the pages, `messages` the messages sent to other services, and `sessions` the
logins to the pages. `delivery_search` searches the deliveries, and `migrations` upgrades older databases. Nothing here
builds jobs.
"""
