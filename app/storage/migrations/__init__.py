"""The database's shapes, oldest first, as Alembic revisions in `versions/`."""

HEAD = "0002"
"""The newest revision: the tables that `app.storage.database` describes."""
