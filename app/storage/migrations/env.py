"""The entry point of Alembic; `app.storage.migrations.migrate` provides the connection."""

from alembic import context

from app.storage.database import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
