"""Create the indexes by which pull requests are found by their head, and open jobs by their kind."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("pulls_head", "pulls", ["repo", "head_sha", "number"])
    still_wanted = sa.text("wanted > done")
    op.create_index("jobs_open_kind", "jobs", ["kind"], sqlite_where=still_wanted, postgresql_where=still_wanted)


def downgrade() -> None:
    op.drop_index("jobs_open_kind")
    op.drop_index("pulls_head")
