"""Add crashes of jobs and lasting unknown verdicts; rename columns and job kinds to `evaluate`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("crashes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("started", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("pulls", sa.Column("lasting", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("ALTER TABLE pulls RENAME COLUMN judged_sha TO evaluated_sha")
    op.execute("ALTER TABLE pulls RENAME COLUMN judged_at TO evaluated_at")
    op.execute("UPDATE jobs SET kind = 'evaluate', key = replace(key, 'judge:', 'evaluate:') WHERE kind = 'judge'")
    op.execute("UPDATE jobs SET kind = 'fan-out-owner' WHERE kind = 'fan-out' AND key LIKE 'fan-out:%/*'")


def downgrade() -> None:
    op.execute("UPDATE jobs SET kind = 'fan-out' WHERE kind = 'fan-out-owner'")
    op.execute("UPDATE jobs SET kind = 'judge', key = replace(key, 'evaluate:', 'judge:') WHERE kind = 'evaluate'")
    op.execute("ALTER TABLE pulls RENAME COLUMN evaluated_at TO judged_at")
    op.execute("ALTER TABLE pulls RENAME COLUMN evaluated_sha TO judged_sha")
    op.drop_column("pulls", "lasting")
    op.drop_column("jobs", "started")
    op.drop_column("jobs", "crashes")
