"""Create the tables for deliveries, jobs, pull requests and overrides."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("guid", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
    )
    op.create_index("deliveries_received_at", "deliveries", ["received_at"])
    op.create_table(
        "jobs",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("args", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("held_until", sa.Double, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=True),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("wanted_at", sa.Double, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
    )
    still_wanted = sa.text("wanted > done")
    op.create_index(
        "jobs_open", "jobs", ["priority", "due_at"], sqlite_where=still_wanted, postgresql_where=still_wanted
    )
    op.create_table(
        "pulls",
        sa.Column("repo", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("installation", sa.BigInteger, nullable=False),
        sa.Column("head_sha", sa.Text, nullable=False),
        sa.Column("head_since", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("kind", sa.Text, nullable=True),
        sa.Column("judged_sha", sa.Text, nullable=True),
        sa.Column("conclusion", sa.Text, nullable=True),
        sa.Column("judged_at", sa.Double, nullable=True),
    )
    op.create_table(
        "overrides",
        sa.Column("comment_id", sa.BigInteger, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
    )
    op.create_index("overrides_pull", "overrides", ["repo", "number"])


def downgrade() -> None:
    for table in ("overrides", "pulls", "jobs", "deliveries"):
        op.drop_table(table)
