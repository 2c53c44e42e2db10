"""The migrations of the database schema, as Alembic revisions in `versions/`."""

HEAD = "0006"
"""The newest revision, which matches the tables in `app.storage.database`."""
MIGRATION_LOCK = 0x686F74666978
"""Key of a PostgreSQL advisory lock: replicas that start at the same time migrate one after the other."""
