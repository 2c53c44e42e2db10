"""The database's shapes, oldest first, as Alembic revisions in `versions/`."""

HEAD = "0001"
"""The newest revision: what `app.storage.database` speaks of."""
