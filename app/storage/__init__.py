"""Store what the service must remember.

`database` describes the tables and opens them on SQLite or PostgreSQL, `pulls` records what is known about pull
requests, `migrations` brings an older database to the present shape. It builds no jobs.
"""
