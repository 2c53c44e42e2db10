"""Change the database's shape, as Alembic revisions in `versions/`, oldest first."""

HEAD = "0005"
"""The newest revision: the tables that `app.storage.database` describes."""
MIGRATION_LOCK = 0x686F74666978
"""PostgreSQL advisory lock: replicas that start together migrate one after the other."""
