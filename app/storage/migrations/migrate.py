"""Run the migrations from code, without an `alembic.ini`."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Engine

from app.storage.database import writing
from app.storage.migrations import MIGRATION_LOCK


def upgrade(engine: Engine) -> None:
    """Migrate the database to the newest revision in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
